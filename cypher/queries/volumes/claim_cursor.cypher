// name: claim_cursor
// mode: WRITE
// description: begins a reign; the caller holds the lock and has seen that the lease ran out or is its own
// param: holder :: STRING
// param: lease_until :: INTEGER epoch ms
// output: seq :: INTEGER the last fact rolled up
// output: epoch :: INTEGER the new reign
// cost: O(1); budget_ms: 100
MATCH (c:Cursor {name: 'rollup'})
SET c.epoch = c.epoch + 1, c.holder = $holder, c.lease_until = $lease_until
RETURN c.seq AS seq, c.epoch AS epoch
