// name: load_places_binary
// mode: READ
// description: where a strategy puts somebody below their sponsor in the binary tree, if one is asked for; then, of that slot and the
//   asked ones, what people keep about open slots, of everybody whom somebody new there may change: those above as long as
//   their nearest open slot lies through them, and one more, with all their children, and who begins their runs; and who left
//   these slots
// param: id :: STRING the sponsor; empty where no strategy looks
// param: strategy :: STRING as find_place_binary has it
// param: ixs :: LIST OF INTEGER under whom else somebody will be placed
// param: slots :: LIST OF ANY other slots, [parent ix, slot]
// param: comers :: LIST OF INTEGER who comes to stand there and may have stood elsewhere before
// param: beneath :: LIST OF ANY [ix, top ix], of whom is asked whether they stand at or below whom
// param: since :: INTEGER epoch ms; who left a slot by then is left out
// param: now :: INTEGER as find_place_binary has it
// output: parent_ix :: INTEGER where the strategy puts somebody; -1 for nowhere
// output: parent_id :: STRING empty for nowhere
// output: slot :: INTEGER 0 for nowhere
// output: why :: STRING in words; null where no strategy looked
// output: parent_enrolled_at :: INTEGER epoch ms; null for nowhere
// output: spots :: LIST OF ANY [ix, parent ix, slot, left child, right child, run_top, left_end, right_end, open_distance, open_side], -1 for nobody
// output: stays :: LIST OF ANY of those who left: [parent ix, slot, child ix, child id, since ms, until ms], as known now
// output: gave_up :: LIST OF ANY of those who come: [ix, until ms] of each place that they gave up, as known now
// output: beneath :: LIST OF ANY those who do, as they were asked about
// cost: O(ixs * log people): nobody's distance to an open slot is more than log2 of the people below; O(moves away from the parents);
//   O(levels between, or up to the top, for each of whom is asked whether they stand below)
// budget_ms: 1000 because one call reads around up to 5,000 people
// note: no list is carried along, since it would be counted with every row: 6,900 people took 1.2 GiB
OPTIONAL CALL () {
  // statement: procedures/find_place_binary
}
CALL (parent_ix) {
  CALL (parent_ix) {
    UNWIND CASE WHEN parent_ix >= 0 THEN $ixs + parent_ix ELSE $ixs END AS ix
    MATCH (start:Distributor {ix: ix}) ((below)-[up:PLACED_UNDER]->(above) WHERE above.open_side = up.slot)* (full)
    USING INDEX SEEK start:Distributor(ix)
    WITH DISTINCT full
    CALL (full) {
      RETURN full AS spot
      UNION
      MATCH (full)<-[:PLACED_UNDER]-(spot)
      RETURN spot
      UNION
      MATCH (full)-[:PLACED_UNDER]->(spot)
      RETURN spot
      UNION
      MATCH (full)-[:PLACED_UNDER]->()<-[:PLACED_UNDER]-(spot) // with whom the last one above is compared
      RETURN spot
    }
    RETURN spot
    UNION
    UNWIND CASE WHEN parent_ix >= 0 THEN $ixs + parent_ix ELSE $ixs END AS ix
    MATCH (asked:Distributor {ix: ix})
    USING INDEX SEEK asked:Distributor(ix)
    MATCH (spot:Distributor {ix: asked.run_top})
    USING INDEX SEEK spot:Distributor(ix)
    RETURN spot
  }
  CALL (spot) {
    OPTIONAL MATCH (spot)<-[place:PLACED_UNDER]-()
    RETURN coalesce(max(CASE place.slot WHEN 1 THEN place.child END), -1) AS left,
           coalesce(max(CASE place.slot WHEN 2 THEN place.child END), -1) AS right
  }
  RETURN collect([spot.ix, spot.parent_ix, spot.slot, left, right, coalesce(spot.run_top, -1), coalesce(spot.left_end, -1),
                  coalesce(spot.right_end, -1), spot.open_distance, spot.open_side]) AS spots
}
CALL (parent_ix, slot) {
  UNWIND CASE WHEN parent_ix >= 0 THEN $slots + [[parent_ix, slot]] ELSE $slots END AS asked
  MATCH (above:Distributor {ix: asked[0]})<-[edge:WAS_PLACED_UNDER {slot: asked[1]}]-(child:Distributor)
  USING INDEX SEEK above:Distributor(ix)
  WHERE edge.void_seq IS NULL AND edge.valid_to > $since AND edge.valid_to > edge.valid_from
  RETURN collect([asked[0], asked[1], child.ix, child.id, edge.valid_from, edge.valid_to]) AS stays
}
CALL () {
  UNWIND $comers AS ix
  MATCH ()-[edge:WAS_PLACED_UNDER {child: ix}]->()
  USING INDEX SEEK edge:WAS_PLACED_UNDER(child)
  WHERE edge.void_seq IS NULL AND edge.valid_to > edge.valid_from
  RETURN collect([ix, edge.valid_to]) AS gave_up
}
CALL () {
  UNWIND $beneath AS asked
  MATCH (top:Distributor {ix: asked[1]})
  USING INDEX SEEK top:Distributor(ix)
  MATCH (start:Distributor {ix: asked[0]}) ((low)-[:PLACED_UNDER]->(high) WHERE low <> top)* (above)
  USING INDEX SEEK start:Distributor(ix)
  WITH DISTINCT asked, top, above
  WHERE above = top
  RETURN collect(asked) AS beneath
}
RETURN coalesce(parent_ix, -1) AS parent_ix, coalesce(parent_id, '') AS parent_id, coalesce(slot, 0) AS slot, why,
       COLLECT { MATCH (parent:Distributor {ix: parent_ix}) USING INDEX SEEK parent:Distributor(ix) RETURN parent.enrolled_at }[0] AS parent_enrolled_at, spots, stays,
       gave_up, beneath
