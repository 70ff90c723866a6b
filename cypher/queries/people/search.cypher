// name: search
// mode: READ
// description: people whose id begins with a text, then people whose id or name match words, best first; one row of lists
// param: prefix :: STRING the beginning of an id
// param: words :: STRING a full-text query over id and name
// param: below :: STRING only this distributor and those below in one of the trees; empty for everybody
// param: limit :: INTEGER how many at most
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING
// output: titles :: LIST OF STRING
// output: as_of_seq :: INTEGER the last fact the answer knows
// output: as_of_at :: INTEGER when that was recorded, epoch ms
// cost: O(candidates), and with below O(candidates x depth), at most 300 candidates; budget_ms: 100
MATCH (head:Head {name: 'head'})
CALL {
  CALL {
    MATCH (d:Distributor) WHERE d.id STARTS WITH $prefix
    RETURN d, 1000.0 - size(d.id) AS weight LIMIT 100
    UNION ALL
    CALL db.index.fulltext.queryNodes('distributor_search', $words, {limit: 200}) YIELD node, score
    RETURN node AS d, score AS weight
  }
  WITH d, max(weight) AS weight
  CALL (d) {
    // Collected before it is compared, so that the walk goes up from each hit and never down from the caller.
    MATCH (d)-[:SPONSORED_BY]->*(above) WHERE $below <> ''
    RETURN collect(above.id) AS sponsors
  }
  CALL (d) {
    MATCH (d)-[:PLACED_UNDER]->*(above) WHERE $below <> ''
    RETURN collect(above.id) AS parents
  }
  WITH d, weight
  WHERE $below = '' OR $below IN sponsors OR $below IN parents
  ORDER BY weight DESC, d.ix LIMIT $limit
  RETURN collect(d.id) AS ids, collect(d.name) AS names, collect(d.status) AS statuses, collect(d.title) AS titles
}
RETURN ids, names, statuses, titles, head.seq AS as_of_seq, coalesce(head.recorded_at, 0) AS as_of_at
