// name: keep_matrix
// mode: WRITE
// description: The company keeps a matrix of this width and depth from now on, and the roll-up counts in it.
// param: rows :: LIST OF MAP {width, depth}
// output: written :: INTEGER
// cost: O(1)
// budget_ms: 100
UNWIND $rows AS row
MATCH (head:Head {name: 'head'})
MATCH (cursor:Cursor {name: 'rollup'})
SET head.matrix_width = row.width, head.matrix_depth = row.depth, cursor.matrix_levels = coalesce(cursor.matrix_levels, 0)
RETURN count(head) AS written
