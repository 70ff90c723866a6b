// name: upline_matrix
// mode: READ
// description: the people above a person in the matrix, nearest first; no row when the person does not exist, an
//   empty one when the person has no place in it
// param: id :: STRING the person, who is not in the answer
// param: levels :: INTEGER = null how many levels up; all when null or negative
// output: ixs :: LIST OF INTEGER the people's inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: levels_up :: LIST OF INTEGER 1 for the parent
// output: slots :: LIST OF INTEGER in which slot of each of them the person stands: 1 to the width of the matrix, from the left
// cost: O(depth of the person); budget_ms: 100
MATCH (person:Distributor {id: $id})
CALL (person) {
  // DISTINCT makes it go breadth first, so nearest first, and without every row keeping its whole way. In one MATCH the
  // last step would be compared with all before it.
  MATCH (person)-[:SEATED_UNDER*0..]->(below)
  WITH DISTINCT below
  MATCH (below)-[place:SEATED_UNDER]->(above)
  WITH place, above LIMIT CASE WHEN coalesce($levels, -1) < 0 THEN 2147483647 ELSE $levels END
  RETURN collect(above.ix) AS ixs, collect(above.id) AS ids, collect(above.name) AS names,
         collect(above.status) AS statuses, collect(place.slot) AS slots
}
RETURN ixs, ids, names, statuses, range(1, size(ids)) AS levels_up, slots
