// name: search
// mode: READ
// description: people whose id begins with one of some texts, then people whose name matches words, best first; one row of lists
// param: prefixes :: LIST OF STRING beginnings of ids, each once
// param: words :: STRING a full-text query over names
// param: below :: STRING only this distributor and those below in one of the trees; empty for everybody
// param: limit :: INTEGER how many at most
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING
// output: titles :: LIST OF STRING
// output: as_of_seq :: INTEGER the last fact the answer knows
// output: as_of_at :: INTEGER when that was recorded, epoch ms
// cost: O(candidates), at most 100 a beginning and 200 by name; with below also O(people below), and where those are
//   more than 20,000 O(depth) for each candidate until the limit is reached; budget_ms: 100
// note: below a person with few people it is cheaper to know them all than to walk up from each candidate
MATCH (head:Head {name: 'head'})
OPTIONAL MATCH (top:Distributor {id: $below})
OPTIONAL MATCH (tally:Tally {ix: top.ix, calendar: 'monthly'})
// Only what is cheaper hangs on the tally, which may be late.
WITH head, top, $below = '' OR coalesce(tally.sponsor_count + tally.binary_count + coalesce(tally.matrix_count, 1) <= 20000, false) AS few
CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh() // Head was read: what the answer claims to know is in the index
CALL () {
  CALL () {
    UNWIND $prefixes AS prefix
    CALL (prefix) {
      MATCH (d:Distributor) WHERE d.id STARTS WITH prefix
      RETURN d LIMIT 100
    }
    RETURN d, 1000.0 - size(d.id) AS weight
    UNION ALL
    CALL db.index.fulltext.queryNodes('distributor_search', $words, {limit: 200}) YIELD node, score
    RETURN node AS d, score AS weight
  }
  WITH d, max(weight) AS weight ORDER BY weight DESC, d.ix
  RETURN collect(d) AS candidates
}
CALL (top, few) {
  WITH * WHERE few
  MATCH (top)<-[:SPONSORED_BY*0..]-(d)
  WITH DISTINCT d
  RETURN collect(d.ix) AS sponsored
}
CALL (top, few) {
  WITH * WHERE few
  MATCH (top)<-[:PLACED_UNDER*0..]-(d)
  WITH DISTINCT d
  RETURN collect(d.ix) AS placed
}
CALL (top, few) {
  WITH * WHERE few
  MATCH (top)<-[:SEATED_UNDER*0..]-(d)
  WITH DISTINCT d
  RETURN collect(d.ix) AS seated
}
CALL (few, candidates, sponsored, placed, seated) {
  UNWIND candidates AS d
  CALL (d, few) {
    // Collected before it is compared, so that the walk goes up from each hit and never down from the caller.
    WITH * WHERE NOT few
    MATCH (d)-[:SPONSORED_BY*0..]->(above)
    WITH DISTINCT above
    RETURN collect(above.id) AS sponsors
  }
  CALL (d, few) {
    WITH * WHERE NOT few
    MATCH (d)-[:PLACED_UNDER*0..]->(above)
    WITH DISTINCT above
    RETURN collect(above.id) AS parents
  }
  CALL (d, few) {
    WITH * WHERE NOT few
    MATCH (d)-[:SEATED_UNDER*0..]->(above)
    WITH DISTINCT above
    RETURN collect(above.id) AS seats
  }
  WITH d, sponsored, placed, seated, sponsors, parents, seats
  WHERE $below = '' OR d.ix IN sponsored OR d.ix IN placed OR d.ix IN seated
     OR $below IN sponsors OR $below IN parents OR $below IN seats
  WITH d LIMIT $limit
  RETURN collect(d.id) AS ids, collect(d.name) AS names, collect(d.status) AS statuses, collect(d.title) AS titles
}
RETURN ids, names, statuses, titles, head.seq AS as_of_seq, coalesce(head.recorded_at, 0) AS as_of_at
