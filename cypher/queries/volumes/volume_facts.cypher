// name: volume_facts
// mode: READ
// description: orders and returns of a period among a range of facts, for a recomputation
// param: period :: INTEGER e.g. 202603
// param: after_seq :: INTEGER the fact before the range
// param: to_seq :: INTEGER the last fact of the range
// output: orders :: LIST OF ANY [seq, seller_ix, buyer_ix, period, pv, cv]
// cost: O(orders of the period in the range); budget_ms: 1000 because one call reads up to 50,000 orders
MATCH (f:Fact {calendar: 'monthly', period: $period})
WHERE f.seq > $after_seq AND f.seq <= $to_seq AND (f:Order OR f:Return)
WITH properties(f) AS p // one walk along the properties instead of one each
RETURN collect([p.seq, p.seller_ix, p.buyer_ix, p.period, p.pv, p.cv]) AS orders
