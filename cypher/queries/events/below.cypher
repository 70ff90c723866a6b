// name: below
// mode: READ
// description: which of some people are a distributor, or stand below them in the sponsor tree, the binary tree or the matrix
// param: ixs :: LIST OF INTEGER the people
// param: id :: STRING the distributor
// output: ixs :: LIST OF INTEGER
// cost: O(ixs and their depth); budget_ms: 100
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
WITH one, sponsors + parents + seated AS above
WHERE $id IN above
RETURN collect(one.ix) AS ixs
