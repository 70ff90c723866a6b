// name: volume_facts
// mode: READ
// description: orders, later dates of orders and returns of a period among a range of facts, as parallel lists, for a recomputation
// param: calendar :: STRING
// param: period :: INTEGER its number
// param: after_seq :: INTEGER the fact before the range
// param: to_seq :: INTEGER the last fact of the range
// output: seller_ixs :: LIST OF INTEGER
// output: buyer_ixs :: LIST OF INTEGER -1 for a customer
// output: pv :: LIST OF INTEGER minor units
// output: cv :: LIST OF INTEGER minor units
// cost: O(facts of the range); budget_ms: 1000 because one call reads up to 50,000 facts
MATCH (f:Fact)
USING INDEX f:Fact(seq)
WHERE f.seq > $after_seq AND f.seq <= $to_seq AND (f:Order OR f:DateOrder OR f:Return) AND f[$calendar] = $period
WITH properties(f) AS p // one walk along the properties instead of one each
RETURN collect(p.seller_ix) AS seller_ixs, collect(p.buyer_ix) AS buyer_ixs, collect(p.pv) AS pv, collect(p.cv) AS cv
