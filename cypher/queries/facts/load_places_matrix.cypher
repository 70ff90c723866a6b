// name: load_places_matrix
// mode: READ
// description: where a strategy puts somebody below their sponsor in the matrix, if one is asked for; then, of that slot and the
//   asked ones, what people keep about open slots, of everybody whom somebody who comes or goes there may change:
//   themselves, and those above as far up as any distance reaches; and who left these slots
// param: id :: STRING the sponsor; empty where no strategy looks
// param: strategy :: STRING as find_place_matrix has it
// param: ixs :: LIST OF INTEGER below whom else somebody comes or goes
// param: slots :: LIST OF ANY other slots, [parent ix, slot]
// param: comers :: LIST OF INTEGER who comes to stand there and may have stood elsewhere before
// param: beneath :: LIST OF ANY [ix, top ix], of whom is asked whether they stand at or below whom
// param: since :: INTEGER epoch ms; who left a slot by then is left out
// output: parent_ix :: INTEGER where the strategy puts somebody; -1 for nowhere
// output: parent_id :: STRING empty for nowhere
// output: slot :: INTEGER 0 for nowhere
// output: why :: STRING in words; null where no strategy looked
// output: parent_enrolled_at :: INTEGER epoch ms; null for nowhere
// output: spots :: LIST OF ANY [ix, parent ix or -1, slot, open_distance, open_slot, [slot, open_distance] of each child]
// output: stays :: LIST OF ANY of those who left: [parent ix, slot, child ix, child id, since ms, until ms], as known now
// output: gave_up :: LIST OF ANY of those who come: [ix, until ms] of each place that they gave up, as known now
// output: beneath :: LIST OF ANY those who do, as they were asked about
// cost: O(ixs * 33 levels * width); O(moves away from the parents);
//   O(levels between, or up to the top, for each of whom is asked whether they stand below)
// budget_ms: 1000 because one call reads around up to 5,000 people
// note: DISTINCT people make a walk go breadth first, without every row keeping its whole way
OPTIONAL CALL () {
  // statement: procedures/find_place_matrix
}
CALL (parent_ix) {
  UNWIND CASE WHEN parent_ix >= 0 THEN $ixs + parent_ix ELSE $ixs END AS ix
  MATCH (start:Distributor {ix: ix})-[:SEATED_UNDER*0..33]->(spot)
  USING INDEX SEEK start:Distributor(ix)
  WITH DISTINCT spot
  RETURN collect([
    spot.ix, coalesce(spot.matrix_parent_ix, -1), coalesce(spot.matrix_slot, 0), coalesce(spot.matrix_open_distance, 0),
    coalesce(spot.matrix_open_slot, 0),
    COLLECT { MATCH (spot)<-[place:SEATED_UNDER]-(child) RETURN [place.slot, coalesce(child.matrix_open_distance, 0)] }
  ]) AS spots
}
CALL (parent_ix, slot) {
  UNWIND CASE WHEN parent_ix >= 0 THEN $slots + [[parent_ix, slot]] ELSE $slots END AS asked
  MATCH (above:Distributor {ix: asked[0]})<-[edge:WAS_SEATED_UNDER {slot: asked[1]}]-(child:Distributor)
  USING INDEX SEEK above:Distributor(ix)
  WHERE edge.void_seq IS NULL AND edge.valid_to > $since AND edge.valid_to > edge.valid_from
  RETURN collect([asked[0], asked[1], child.ix, child.id, edge.valid_from, edge.valid_to]) AS stays
}
CALL () {
  UNWIND $comers AS ix
  MATCH ()-[edge:WAS_SEATED_UNDER {child: ix}]->()
  USING INDEX SEEK edge:WAS_SEATED_UNDER(child)
  WHERE edge.void_seq IS NULL AND edge.valid_to > edge.valid_from
  RETURN collect([ix, edge.valid_to]) AS gave_up
}
CALL () {
  UNWIND $beneath AS asked
  MATCH (top:Distributor {ix: asked[1]})
  USING INDEX SEEK top:Distributor(ix)
  MATCH (start:Distributor {ix: asked[0]}) ((low)-[:SEATED_UNDER]->(high) WHERE low <> top)* (above)
  USING INDEX SEEK start:Distributor(ix)
  WITH DISTINCT asked, top, above
  WHERE above = top
  RETURN collect(asked) AS beneath
}
RETURN coalesce(parent_ix, -1) AS parent_ix, coalesce(parent_id, '') AS parent_id, coalesce(slot, 0) AS slot, why,
       COLLECT { MATCH (parent:Distributor {ix: parent_ix}) USING INDEX SEEK parent:Distributor(ix) RETURN parent.enrolled_at }[0] AS parent_enrolled_at, spots, stays,
       gave_up, beneath
