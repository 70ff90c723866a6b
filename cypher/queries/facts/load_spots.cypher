// name: load_spots
// mode: READ
// description: what people keep about open slots, of everybody whom somebody new below the asked ones may change: those
//   above as long as their nearest open slot lies through them, with all their children, and who begins their runs
// param: ixs :: LIST OF INTEGER under whom somebody will be placed
// output: spots :: LIST OF ANY [ix, parent ix, slot, left child, right child, run_top, left_end, right_end, open_distance, open_side], -1 for nobody
// cost: O(ixs * log people): nobody's distance to an open slot is more than log2 of the people below
// budget_ms: 1000 because one call reads around up to 5,000 people
// note: no list is carried along, since it would be counted with every row: 6,900 people took 1.2 GiB
CALL () {
  UNWIND $ixs AS ix
  MATCH (:Distributor {ix: ix}) ((below)-[up:PLACED_UNDER]->(above) WHERE above.open_side = up.slot)* (full)
  WITH DISTINCT full
  CALL (full) {
    RETURN full AS spot
    UNION
    MATCH (full)<-[:PLACED_UNDER]-(spot)
    RETURN spot
    UNION
    MATCH (full)-[:PLACED_UNDER]->(spot)
    RETURN spot
  }
  RETURN spot
  UNION
  UNWIND $ixs AS ix
  MATCH (asked:Distributor {ix: ix})
  MATCH (spot:Distributor {ix: asked.run_top})
  RETURN spot
}
CALL (spot) {
  OPTIONAL MATCH (spot)<-[place:PLACED_UNDER]-()
  RETURN coalesce(max(CASE place.slot WHEN 1 THEN place.child END), -1) AS left,
         coalesce(max(CASE place.slot WHEN 2 THEN place.child END), -1) AS right
}
RETURN collect([spot.ix, spot.parent_ix, spot.slot, left, right, coalesce(spot.run_top, -1), coalesce(spot.left_end, -1),
                coalesce(spot.right_end, -1), spot.open_distance, spot.open_side]) AS spots
