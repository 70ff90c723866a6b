// name: append_facts
// mode: WRITE
// description: Writes facts, and moves the end of their chain; the second label of each is its kind. With them what an
//   enrolment or a place changes: positions under their sponsors, places, and what people keep about open slots (app/places).
//   Head is locked by take_head.
// param: head :: MAP what Head says when the decision that these facts are of is written: seq, hash, people, recorded_at
// param: facts :: LIST OF MAP {kind, fact: all properties}
// param: people :: LIST OF MAP {person: all properties, sponsored and placed: all properties of the edge to the sponsor and to the
//   binary parent, null without one}; a sponsor or parent may be of the same list
// param: spots :: LIST OF MAP {ix, kept: {run_top, left_end, right_end, open_distance, open_side}}, null for nobody; those of people are
//   among their properties
// param: places :: LIST OF MAP as create_binary_edges has them, of those who were enrolled before
// param: seats :: LIST OF MAP as create_matrix_edges has them; a child may be of people
// param: matrix_spots :: LIST OF MAP as set_matrix_spots has them
// output: facts :: INTEGER written
// output: people :: INTEGER positions written with every edge that was given
// output: spots :: INTEGER written
// output: places :: INTEGER written
// output: seats :: INTEGER written
// output: matrix_spots :: INTEGER written
// cost: O(what is written)
// budget_ms: 1000 because one call writes up to 5,000 of each
MATCH (h:Head {name: 'head'})
SET h += $head
WITH count(*) AS moved
CALL () {
  UNWIND $facts AS row
  CREATE (f:Fact:$(row.kind))
  SET f = row.fact
  RETURN count(f) AS facts
}
CALL () {
  UNWIND $people AS row
  CREATE (d:Distributor)
  SET d = row.person
  WITH row, d
  CALL (row, d) {
    WITH row.sponsored AS sponsored, d
    MATCH (sponsor:Distributor {ix: sponsored.parent})
    USING INDEX SEEK sponsor:Distributor(ix)
    CREATE (d)-[edge:SPONSORED_BY]->(sponsor)
    SET edge = sponsored
    RETURN count(edge) AS edges
  }
  CALL (row, d) {
    WITH row.placed AS placed, d
    MATCH (parent:Distributor {ix: placed.parent})
    USING INDEX SEEK parent:Distributor(ix)
    CREATE (d)-[edge:PLACED_UNDER]->(parent)
    SET edge = placed
    RETURN count(edge) AS places
  }
  RETURN sum(CASE WHEN edges = CASE WHEN row.sponsored IS NULL THEN 0 ELSE 1 END
                   AND places = CASE WHEN row.placed IS NULL THEN 0 ELSE 1 END THEN 1 ELSE 0 END) AS people
}
CALL () {
  // statement: queries/facts/set_spots
}
CALL () {
  // statement: queries/facts/create_binary_edges
}
CALL () {
  // statement: queries/facts/create_matrix_edges
}
CALL () {
  // statement: queries/facts/set_matrix_spots
}
RETURN facts * moved AS facts, people, spots, places, seats, matrix_spots
