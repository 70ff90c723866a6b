// name: load_spots_of_move
// mode: READ
// description: what people keep about open slots, of everybody whom a move in the binary tree may change: those above the
//   old and the new place as far up as any distance reaches, with all their children, who begins their runs, and the
//   runs below the mover
// param: ix :: INTEGER the mover
// param: parents :: LIST OF INTEGER the people above the old and the new place
// output: spots :: LIST OF ANY [ix, parent ix, slot, left child, right child, run_top, left_end, right_end, open_distance, open_side], -1 for nobody
// cost: O(length of the mover's runs); 32 levels up, which is more than log2 of all people there are
// budget_ms: 100
// note: DISTINCT people make a walk go breadth first, without every row keeping its whole way
CALL () {
  MATCH (start:Distributor {ix: $ix})<-[:PLACED_UNDER*0.. {slot: 1}]-(spot)
  USING INDEX SEEK start:Distributor(ix)
  RETURN DISTINCT spot
  UNION
  MATCH (start:Distributor {ix: $ix})<-[:PLACED_UNDER*0.. {slot: 2}]-(spot)
  USING INDEX SEEK start:Distributor(ix)
  RETURN DISTINCT spot
  UNION
  UNWIND $parents AS parent
  MATCH (start:Distributor {ix: parent})-[:PLACED_UNDER*0..32]->(spot)
  USING INDEX SEEK start:Distributor(ix)
  RETURN DISTINCT spot
  UNION
  UNWIND $parents AS parent
  MATCH (start:Distributor {ix: parent})-[:PLACED_UNDER*0..31]->(above)
  USING INDEX SEEK start:Distributor(ix)
  WITH DISTINCT above
  MATCH (above)<-[:PLACED_UNDER]-(spot)
  RETURN DISTINCT spot
  UNION
  UNWIND $parents AS parent
  MATCH (below:Distributor {ix: parent})
  USING INDEX SEEK below:Distributor(ix)
  MATCH (spot:Distributor {ix: below.run_top})
  USING INDEX SEEK spot:Distributor(ix)
  RETURN DISTINCT spot
}
CALL (spot) {
  OPTIONAL MATCH (spot)<-[place:PLACED_UNDER]-()
  RETURN coalesce(max(CASE place.slot WHEN 1 THEN place.child END), -1) AS left,
         coalesce(max(CASE place.slot WHEN 2 THEN place.child END), -1) AS right
}
RETURN collect([spot.ix, spot.parent_ix, spot.slot, left, right, coalesce(spot.run_top, -1), coalesce(spot.left_end, -1),
                coalesce(spot.right_end, -1), spot.open_distance, spot.open_side]) AS spots
