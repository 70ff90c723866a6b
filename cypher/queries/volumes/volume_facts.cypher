// name: volume_facts
// mode: READ
// description: orders and returns of a period in order of their numbers, for a recomputation
// param: period :: INTEGER e.g. 202603
// param: after_seq :: INTEGER where to go on
// param: known :: INTEGER the last fact that counts
// param: limit :: INTEGER how many
// output: orders :: LIST OF ANY [seq, seller_ix, buyer_ix, period, pv, cv]
// cost: O(limit); budget_ms: 1000 because one call reads up to 20,000 orders
CALL {
  MATCH (f:Fact {calendar: 'monthly', period: $period})
  WHERE f.seq > $after_seq AND f.seq <= $known AND (f:Order OR f:Return)
  RETURN f ORDER BY f.seq LIMIT $limit
}
RETURN collect([f.seq, f.seller_ix, f.buyer_ix, f.period, f.pv, f.cv]) AS orders
