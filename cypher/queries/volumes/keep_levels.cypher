// name: keep_levels
// mode: WRITE
// description: says to how many levels below each person the tallies hold volumes; the caller holds the cursor
// param: sponsor :: INTEGER
// param: binary :: INTEGER
// param: matrix :: INTEGER null when the company keeps none
// output: seq :: INTEGER
// cost: O(1); budget_ms: 100
MATCH (c:Cursor {name: 'rollup'})
SET c.sponsor_levels = $sponsor, c.binary_levels = $binary, c.matrix_levels = $matrix
RETURN c.seq AS seq
