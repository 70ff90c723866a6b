// name: move_cursor
// mode: WRITE
// description: the facts up to seq are in the tallies; the lease goes on
// param: seq :: INTEGER the last fact rolled up
// param: lease_until :: INTEGER epoch ms
// output: seq :: INTEGER
// output: recorded_at :: INTEGER when that fact was, epoch ms; 0 before the first
// cost: O(1); budget_ms: 100
MATCH (c:Cursor {name: 'rollup'})
SET c.seq = $seq, c.lease_until = $lease_until
WITH c
OPTIONAL MATCH (f:Fact {seq: $seq})
RETURN c.seq AS seq, coalesce(f.recorded_at, 0) AS recorded_at
