// name: path_matrix
// mode: READ
// description: the way between two people in the matrix: up from the first to their nearest common upline, then down
//   to the other; nobody when no one stands above both, no row when one of them does not exist
// param: id :: STRING where the way begins
// param: other_id :: STRING where it ends
// output: ixs :: LIST OF INTEGER inner numbers of the people on the way, both ends among them
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: slots :: LIST OF INTEGER in which slot of the one above them each stands: 1 to the width of the matrix, from the left, 0 at the top
// output: turn :: INTEGER where on the way their nearest common upline stands, 0 for the first; -1 when there is no way
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
WITH up[..size(up) - shared + sign(shared)] + reverse(other_up[..size(other_up) - shared]) AS found, shared, size(up) - shared AS turn
WITH CASE shared WHEN 0 THEN [] ELSE found END AS way, CASE shared WHEN 0 THEN -1 ELSE turn END AS turn
RETURN [one IN way | one.ix] AS ixs, [one IN way | one.id] AS ids, [one IN way | one.name] AS names,
       [one IN way | one.status] AS statuses, [one IN way | coalesce(one.matrix_slot, 0)] AS slots, turn
