// name: create_sponsor_edges
// mode: WRITE
// description: Puts each child under a sponsor from an instant on, and mirrors it on the child.
// param: rows :: LIST OF MAP {child ix, parent ix, valid_from: epoch ms, seq_from}
// output: written :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 edges
UNWIND $rows AS row
MATCH (child:Distributor {ix: row.child})
USING INDEX SEEK child:Distributor(ix)
MATCH (sponsor:Distributor {ix: row.parent})
USING INDEX SEEK sponsor:Distributor(ix)
CREATE (child)-[r:SPONSORED_BY {child: row.child, parent: row.parent, seq_from: row.seq_from,
                                valid_from: row.valid_from}]->(sponsor)
SET child.sponsor_ix = row.parent
RETURN count(r) AS written
