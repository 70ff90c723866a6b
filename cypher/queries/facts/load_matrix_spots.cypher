// name: load_matrix_spots
// mode: READ
// description: what people keep about open slots of the matrix, of everybody whom somebody who comes or goes below the asked ones
//   may change: themselves, and those above as far up as any distance reaches
// param: ixs :: LIST OF INTEGER
// output: spots :: LIST OF ANY [ix, parent ix or -1, slot, open_distance, open_slot, [slot, open_distance] of each child]
// cost: O(ixs * 33 levels * width)
// budget_ms: 1000 because one call reads around up to 5,000 people
// note: DISTINCT people make a walk go breadth first, without every row keeping its whole way
UNWIND $ixs AS ix
MATCH (:Distributor {ix: ix})-[:SEATED_UNDER*0..33]->(spot)
WITH DISTINCT spot
RETURN collect([
  spot.ix, coalesce(spot.matrix_parent_ix, -1), coalesce(spot.matrix_slot, 0), coalesce(spot.matrix_open_distance, 0),
  coalesce(spot.matrix_open_slot, 0),
  COLLECT { MATCH (spot)<-[place:SEATED_UNDER]-(child) RETURN [place.slot, coalesce(child.matrix_open_distance, 0)] }
]) AS spots
