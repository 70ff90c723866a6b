// name: order_columns_weekly
// mode: READ
// description: the orders and returns of a period of the calendar weekly among a range of facts, as parallel lists in the order of their facts
// param: period :: INTEGER
// param: after :: INTEGER the fact before the range
// param: to_seq :: INTEGER the last fact of the range
// output: seqs :: LIST OF INTEGER
// output: order_ids :: LIST OF STRING
// output: sellers :: LIST OF INTEGER ix whose volume it is
// output: buyers :: LIST OF INTEGER ix, or -1 for a customer's
// output: pvs :: LIST OF INTEGER minor units
// output: cvs :: LIST OF INTEGER minor units
// cost: O(orders of the period in the range)
// budget_ms: 1000 because one call reads up to 50,000 orders
MATCH (f:Fact)
WHERE f.weekly = $period AND f.seq > $after AND f.seq <= $to_seq AND f.order_id IS NOT NULL
WITH f ORDER BY f.weekly, f.seq // the order of the index
WITH properties(f) AS p // one walk along the properties instead of one each
RETURN collect(p.seq) AS seqs, collect(p.order_id) AS order_ids, collect(p.seller_ix) AS sellers,
       collect(p.buyer_ix) AS buyers, collect(p.pv) AS pvs, collect(p.cv) AS cvs
