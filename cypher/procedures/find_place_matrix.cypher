// name: find_place_matrix
// mode: READ
// description: where somebody would be placed below their sponsor in the matrix, and why; nothing is placed. What places asks
//   the same. No row when the sponsor does not exist
// param: id :: STRING the sponsor
// param: strategy :: STRING = 'first_open' first_open: the first open slot below the sponsor, nearest level first and from the left
// output: parent_ix :: INTEGER under whom; -1 when nobody can be placed there
// output: parent_id :: STRING empty when nobody can be placed there
// output: slot :: INTEGER 1 to the width of the matrix, from the left; 0 when nobody can be placed there
// output: why :: STRING in words
// cost: O(log people below, by the width); budget_ms: 100
// note: app/places/matrix.py says what matrix_open_distance and matrix_open_slot are, and keeps them
MATCH (head:Head {name: 'head'})
MATCH (sponsor:Distributor {id: $id})
WITH sponsor, head.matrix_width AS width, head.matrix_depth AS depth,
     coalesce(sponsor.matrix_parent_ix, -1) >= 0 OR sponsor.sponsor_ix < 0 AS placed
CALL (sponsor, width, placed) {
  WITH * WHERE width IS NOT NULL AND placed AND $strategy = 'first_open'
  MATCH (sponsor) ((above)<-[place:SEATED_UNDER]-(below) WHERE place.slot = above.matrix_open_slot)*
        (parent WHERE coalesce(parent.matrix_open_distance, 0) = 0)
  WITH DISTINCT sponsor, width, parent
  RETURN parent, coalesce(sponsor.matrix_open_distance, 0) + 1 AS level, COLLECT {
    UNWIND range(1, width) AS slot
    WITH slot WHERE NOT EXISTS { (parent)<-[:SEATED_UNDER {slot: slot}]-() }
    RETURN slot LIMIT 1
  }[0] AS slot
UNION ALL
  WITH * WHERE width IS NULL OR NOT placed OR $strategy <> 'first_open'
  RETURN null AS parent, 0 AS level, 0 AS slot
}
RETURN coalesce(parent.ix, -1) AS parent_ix, coalesce(parent.id, '') AS parent_id, slot,
       CASE WHEN width IS NULL THEN 'the company keeps no matrix'
            WHEN $strategy <> 'first_open' THEN 'there is no strategy ' + $strategy + ' in the matrix'
            WHEN NOT placed THEN sponsor.id + ' has no place in the matrix yet, so nobody can be placed below'
            ELSE 'the first open slot below ' + sponsor.id + ', on level ' + toString(level)
                 + CASE WHEN level > depth THEN ', deeper than the ' + toString(depth) + ' levels of a matrix' ELSE '' END END AS why
