// name: is_in_downline_matrix
// mode: READ
// description: whether a person stands below another one in the matrix; no row when the person does not exist
// param: id :: STRING the person asked about
// param: top_id :: STRING the one who may stand above
// output: inside :: BOOLEAN the person stands below, or is the same one
// output: distance :: INTEGER how many levels below: 0 for the same person, -1 when not below
// cost: O(depth of the person): the walk goes up from the person, never down from the other one; budget_ms: 100
MATCH (person:Distributor {id: $id})
CALL (person) {
  // Collected before it is compared: a predicate on the far end would let the planner start there and walk down.
  MATCH (person)-[:SEATED_UNDER*0..]->(above)
  WITH DISTINCT above // breadth first, so nearest first, and without every row keeping its whole way
  RETURN collect(above.id) AS chain
}
WITH chain, [level_up IN range(0, size(chain) - 1) WHERE chain[level_up] = $top_id] AS found
RETURN size(found) > 0 AS inside, coalesce(head(found), -1) AS distance
