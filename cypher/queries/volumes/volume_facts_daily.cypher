// name: volume_facts_daily
// mode: READ
// description: orders and returns of a period of the calendar daily among a range of facts, as parallel lists, for a recomputation
// param: period :: INTEGER its number
// param: after_seq :: INTEGER the fact before the range
// param: to_seq :: INTEGER the last fact of the range
// output: seller_ixs :: LIST OF INTEGER
// output: buyer_ixs :: LIST OF INTEGER -1 for a customer
// output: pv :: LIST OF INTEGER minor units
// output: cv :: LIST OF INTEGER minor units
// cost: O(orders of the period in the range); budget_ms: 1000 because one call reads up to 50,000 orders
MATCH (f:Fact {daily: $period})
WHERE f.seq > $after_seq AND f.seq <= $to_seq
WITH properties(f) AS p // one walk along the properties instead of one each
RETURN collect(p.seller_ix) AS seller_ixs, collect(p.buyer_ix) AS buyer_ixs, collect(p.pv) AS pv, collect(p.cv) AS cv
