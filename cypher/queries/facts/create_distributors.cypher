// name: create_distributors
// mode: WRITE
// description: Enrols positions under their sponsors, and those that have a place into it.
// param: rows :: LIST OF MAP {person: all properties, sponsored and placed: all properties of the edge to the sponsor and to the
//   binary parent, null without one}; a sponsor or parent may be of the same rows
// output: written :: INTEGER positions with every edge that was given
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 people
UNWIND $rows AS row
CREATE (d:Distributor)
SET d = row.person
WITH row, d
CALL (row, d) {
  WITH row.sponsored AS sponsored, d
  MATCH (sponsor:Distributor {ix: sponsored.parent})
  CREATE (d)-[edge:SPONSORED_BY]->(sponsor)
  SET edge = sponsored
  RETURN count(edge) AS edges
}
CALL (row, d) {
  WITH row.placed AS placed, d
  MATCH (parent:Distributor {ix: placed.parent})
  CREATE (d)-[edge:PLACED_UNDER]->(parent)
  SET edge = placed
  RETURN count(edge) AS places
}
RETURN sum(CASE WHEN edges = CASE WHEN row.sponsored IS NULL THEN 0 ELSE 1 END
                 AND places = CASE WHEN row.placed IS NULL THEN 0 ELSE 1 END THEN 1 ELSE 0 END) AS written
