// name: income_centres
// mode: READ
// description: the positions of one owner, in the order of enrolment; a position that names no other owner is its own. No row when
//   the person does not exist
// param: id :: STRING one of the positions
// param: most :: INTEGER = 100 how many at most
// output: owner :: STRING the id that the positions share
// output: ixs :: LIST OF INTEGER inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: sponsor_ids :: LIST OF STRING empty at the top
// output: parent_ids :: LIST OF STRING in the binary tree; empty at the top and without a place
// output: slots :: LIST OF INTEGER 1 left, 2 right, 0 without a parent
// cost: O(positions); budget_ms: 100
MATCH (person:Distributor {id: $id})
WITH coalesce(person.owner, person.id) AS owner
CALL (owner) {
  CALL (owner) {
    MATCH (d:Distributor {id: owner}) WHERE d.owner IS NULL
    RETURN d
    UNION
    MATCH (d:Distributor {owner: owner})
    RETURN d
  }
  WITH d ORDER BY d.ix LIMIT $most
  OPTIONAL MATCH (d)-[:SPONSORED_BY]->(sponsor)
  OPTIONAL MATCH (d)-[:PLACED_UNDER]->(parent)
  RETURN collect(d.ix) AS ixs, collect(d.id) AS ids, collect(d.name) AS names, collect(d.status) AS statuses,
         collect(coalesce(sponsor.id, '')) AS sponsor_ids, collect(coalesce(parent.id, '')) AS parent_ids, collect(d.slot) AS slots
}
RETURN owner, ixs, ids, names, statuses, sponsor_ids, parent_ids, slots
