// name: create_past_sponsor_edges
// mode: WRITE
// description: Ended sponsor edges of a history that is taken over. Each is known from its fact on, and known as ended from then on
//   too, so it was never live: seq_from and seq_to are the same.
// param: rows :: LIST OF MAP {child ix, parent ix, valid_from: epoch ms, valid_to: epoch ms, seq_from, seq_to}
// output: written :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 edges
UNWIND $rows AS row
MATCH (child:Distributor {ix: row.child})
USING INDEX SEEK child:Distributor(ix)
MATCH (parent:Distributor {ix: row.parent})
USING INDEX SEEK parent:Distributor(ix)
CREATE (child)-[was:WAS_SPONSORED_BY]->(parent)
SET was = row
RETURN count(was) AS written
