// name: matrix
// mode: READ
// description: The matrix that the company keeps; nulls when it keeps none.
// output: width :: INTEGER slots below each person
// output: depth :: INTEGER levels that a matrix has
// output: used :: BOOLEAN whether anybody stands or stood in it
// cost: O(1)
// budget_ms: 50
MATCH (head:Head {name: 'head'})
RETURN head.matrix_width AS width, head.matrix_depth AS depth,
       COUNT { ()-[:SEATED_UNDER]->() } + COUNT { ()-[:WAS_SEATED_UNDER]->() } > 0 AS used
