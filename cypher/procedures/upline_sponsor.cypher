// name: upline_sponsor
// mode: READ
// description: the people above a person in the sponsor tree, nearest first; no row when the person does not exist
// param: id :: STRING the person, who is not in the answer
// param: levels :: INTEGER = -1 how many levels up; -1 for all
// output: ixs :: LIST OF INTEGER the people's inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: levels_up :: LIST OF INTEGER 1 for the sponsor
// output: slots :: LIST OF INTEGER 0: the sponsor tree has no slots
// cost: O(depth of the person); budget_ms: 100
MATCH (person:Distributor {id: $id})
CALL (person) {
  MATCH (person)-[up:SPONSORED_BY*1..]->(above)
  WITH above, size(up) AS level_up, 0 AS slot
  WHERE $levels < 0 OR level_up <= $levels
  ORDER BY level_up
  RETURN collect(above.ix) AS ixs, collect(above.id) AS ids, collect(above.name) AS names,
         collect(above.status) AS statuses, collect(level_up) AS levels_up, collect(slot) AS slots
}
RETURN ixs, ids, names, statuses, levels_up, slots
