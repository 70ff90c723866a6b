// name: create_matrix_edges
// mode: WRITE
// description: Puts each child into a slot of the matrix from an instant on, and mirrors it on the child.
// param: seats :: LIST OF MAP {child ix, parent ix, slot, valid_from: epoch ms, seq_from}
// output: seats :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 edges
UNWIND $seats AS row
MATCH (child:Distributor {ix: row.child})
USING INDEX SEEK child:Distributor(ix)
MATCH (parent:Distributor {ix: row.parent})
USING INDEX SEEK parent:Distributor(ix)
CREATE (child)-[r:SEATED_UNDER {child: row.child, parent: row.parent, slot: row.slot, seq_from: row.seq_from,
                                valid_from: row.valid_from}]->(parent)
SET child.matrix_parent_ix = row.parent, child.matrix_slot = row.slot
RETURN count(r) AS seats
