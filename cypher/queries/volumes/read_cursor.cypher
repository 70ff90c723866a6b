// name: read_cursor
// mode: READ
// description: how far the roll-up is, and who holds it until when
// output: seq :: INTEGER the last fact rolled up
// output: epoch :: INTEGER number of the present reign; one more at every claim
// output: holder :: STRING who reigns
// output: lease_until :: INTEGER epoch ms; after that anybody may claim
// cost: O(1); budget_ms: 100
MATCH (c:Cursor {name: 'rollup'})
RETURN c.seq AS seq, c.epoch AS epoch, c.holder AS holder, c.lease_until AS lease_until
