// name: named
// mode: READ
// description: which of some people a distributor who sees somebody is told the names of: those whom they see themselves, and those who
//   stand above that one, in the sponsor tree, the binary tree or the matrix
// param: ids :: LIST OF STRING the people
// param: target_id :: STRING the distributor somebody asks about
// param: caller_id :: STRING the distributor who asks
// output: ids :: LIST OF STRING
// cost: O(ids and depth); budget_ms: 100
MATCH (target:Distributor {id: $target_id})
CALL (target) {
  MATCH (target)-[:SPONSORED_BY*0..]->(above)
  WITH DISTINCT above
  RETURN collect(above.id) AS sponsors
}
CALL (target) {
  MATCH (target)-[:PLACED_UNDER*0..]->(above)
  WITH DISTINCT above
  RETURN collect(above.id) AS parents
}
CALL (target) {
  MATCH (target)-[:SEATED_UNDER*0..]->(above)
  WITH DISTINCT above
  RETURN collect(above.id) AS seated
}
WITH sponsors + parents + seated AS upline
UNWIND $ids AS id
MATCH (one:Distributor {id: id})
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
WITH one, upline, sponsors + parents + seated AS above
WHERE one.id IN upline OR $caller_id IN above
RETURN collect(one.id) AS ids
