// name: read_cursor
// mode: READ
// description: how far the roll-up is, and who holds it until when
// output: seq :: INTEGER the last fact rolled up
// output: epoch :: INTEGER number of the present reign; one more at every claim
// output: holder :: STRING who reigns
// output: lease_until :: INTEGER epoch ms; after that anybody may claim
// output: sponsor_levels :: INTEGER to how many levels below each person volumes are kept in the sponsor tree
// output: binary_levels :: INTEGER the same in the binary tree
// output: matrix_levels :: INTEGER the same in the matrix; null when the company keeps none
// cost: O(1); budget_ms: 100
MATCH (c:Cursor {name: 'rollup'})
RETURN c.seq AS seq, c.epoch AS epoch, c.holder AS holder, c.lease_until AS lease_until,
       c.sponsor_levels AS sponsor_levels, c.binary_levels AS binary_levels, c.matrix_levels AS matrix_levels
