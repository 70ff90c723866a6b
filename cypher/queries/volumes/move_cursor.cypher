// name: move_cursor
// mode: WRITE
// description: the facts up to seq are in the tallies; the lease goes on
// param: seq :: INTEGER the last fact rolled up
// param: lease_until :: INTEGER epoch ms
// output: seq :: INTEGER
// cost: O(1); budget_ms: 100
MATCH (c:Cursor {name: 'rollup'})
SET c.seq = $seq, c.lease_until = $lease_until
RETURN c.seq AS seq
