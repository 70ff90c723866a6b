// name: followed
// mode: READ
// description: the ids of some people, and which of some distributors they are, or stand below in the sponsor tree, the binary tree or
//   the matrix
// param: ixs :: LIST OF INTEGER the people
// param: wanted :: MAP {id: true} of the distributors
// output: ixs :: LIST OF INTEGER
// output: ids :: LIST OF STRING
// output: above :: LIST OF ANY for each person a list of ids, one twice where two trees say so
// cost: O(ixs and their depth), however many distributors; budget_ms: 100
UNWIND $ixs AS ix
MATCH (one:Distributor {ix: ix})
CALL (one) {
  MATCH (one)-[:SPONSORED_BY*0..]->(above)
  WITH DISTINCT above
  RETURN collect(above.id) AS sponsors
}
CALL (one) {
  MATCH (one)-[:PLACED_UNDER*0..]->(above)
  WITH DISTINCT above
  RETURN collect(above.id) AS parents
}
CALL (one) {
  MATCH (one)-[:SEATED_UNDER*0..]->(above)
  WITH DISTINCT above
  RETURN collect(above.id) AS seated
}
WITH one, [id IN sponsors + parents + seated WHERE $wanted[toString(id)] = true] AS above
RETURN collect(one.ix) AS ixs, collect(one.id) AS ids, collect(above) AS above
