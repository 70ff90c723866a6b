// name: create_binary_edges
// mode: WRITE
// description: Puts each child into a binary slot from an instant on, mirrors it on the child, and takes the child out of
//   the holding tank.
// param: places :: LIST OF MAP {child ix, parent ix, slot, valid_from: epoch ms, seq_from}
// output: places :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 edges
UNWIND $places AS row
MATCH (child:Distributor {ix: row.child})
USING INDEX SEEK child:Distributor(ix)
MATCH (parent:Distributor {ix: row.parent})
USING INDEX SEEK parent:Distributor(ix)
CREATE (child)-[r:PLACED_UNDER {child: row.child, parent: row.parent, slot: row.slot, seq_from: row.seq_from,
                                valid_from: row.valid_from}]->(parent)
SET child.parent_ix = row.parent, child.slot = row.slot
REMOVE child.held_until, child.held_for
RETURN count(r) AS places
