// name: ancestors
// mode: READ
// description: whether a caller stands above a distributor (or is the same person) in the sponsor tree, the binary tree or the matrix;
//   no row when the distributor does not exist
// param: target_id :: STRING the distributor somebody asks about
// param: caller_id :: STRING the distributor who asks; empty for staff
// output: below :: BOOLEAN the target is the caller, or below the caller in one of the trees
// cost: O(depth); budget_ms: 100
MATCH (target:Distributor {id: $target_id})
CALL (target) {
  // Collected before it is compared: a predicate on the far end would let the planner start at the caller and walk down.
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
RETURN $caller_id IN sponsors OR $caller_id IN parents OR $caller_id IN seated AS below
