// name: common_upline_matrix
// mode: READ
// description: the nearest person at or above two people in the matrix, who may be one of them; no row when one of the
//   two does not exist
// param: id :: STRING the one
// param: other_id :: STRING the other
// output: ix :: INTEGER inner number of their nearest common upline; -1 when nobody stands above both
// output: common_id :: STRING empty when nobody does
// output: name :: STRING
// output: status :: STRING active, suspended or terminated
// output: distance :: INTEGER how many levels above the one: 0 for the same person, -1 for nobody
// output: other_distance :: INTEGER how many levels above the other
// cost: O(depths of both); budget_ms: 100
MATCH (person:Distributor {id: $id})
CALL (person) {
  MATCH (person)-[:SEATED_UNDER*0..]->(above)
  WITH DISTINCT above // breadth first, so nearest first, and without every row keeping its whole way
  RETURN collect(above) AS up
}
MATCH (other:Distributor {id: $other_id})
CALL (other) {
  MATCH (other)-[:SEATED_UNDER*0..]->(above)
  WITH DISTINCT above // breadth first, so nearest first, and without every row keeping its whole way
  RETURN collect(above) AS other_up
}
// Below the nearest common upline the ways differ, from there up they are the same: what they share is their ends.
WITH up, other_up, CASE WHEN size(up) < size(other_up) THEN size(up) ELSE size(other_up) END AS shorter
WITH up, other_up, size([back IN range(1, shorter) WHERE up[-back] = other_up[-back]]) AS shared
WITH CASE WHEN shared > 0 THEN up[size(up) - shared] END AS common, size(up) - shared AS distance,
     size(other_up) - shared AS other_distance
RETURN coalesce(common.ix, -1) AS ix, coalesce(common.id, '') AS common_id, coalesce(common.name, '') AS name,
       coalesce(common.status, '') AS status, CASE WHEN common IS NULL THEN -1 ELSE distance END AS distance,
       CASE WHEN common IS NULL THEN -1 ELSE other_distance END AS other_distance
