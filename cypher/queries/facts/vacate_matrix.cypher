// name: vacate_matrix
// mode: WRITE
// description: People who stand in the matrix no more keep no place of theirs; their edge is ended by end_matrix_edges.
// param: rows :: LIST OF MAP {child ix, parent, slot: what stands for nobody and none}
// output: vacated :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (child:Distributor {ix: row.child})
USING INDEX SEEK child:Distributor(ix)
SET child.matrix_parent_ix = row.parent, child.matrix_slot = row.slot
RETURN count(child) AS vacated
