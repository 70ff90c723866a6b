// name: orders
// mode: READ
// description: A page of orders and returns ordered by number, in parallel lists.
// param: after :: STRING the last number of the page before
// param: page :: INTEGER
// output: ids :: LIST OF STRING
// output: buyer_ixs :: LIST OF INTEGER -1 for a customer's
// output: customers :: LIST OF STRING '' for a distributor's
// output: returns_of :: LIST OF STRING number of the order that came back, '' on an order
// output: placed_at :: LIST OF INTEGER epoch milliseconds
// output: pv :: LIST OF INTEGER minor units, negative on a return
// output: cv :: LIST OF INTEGER minor units, negative on a return
// output: periods :: LIST OF INTEGER number of the month it counts in, 0 for none
// output: order_periods :: LIST OF INTEGER of a return that of its order, of an order -1
// output: seqs :: LIST OF INTEGER
// cost: O(page); budget_ms: 1000 because one call reads up to 20,000 orders
MATCH (f:Fact)
WHERE f.order_id > $after
WITH f ORDER BY f.order_id LIMIT $page
OPTIONAL MATCH (sold:Fact {order_id: f.return_of})
WITH properties(f) AS p, sold.monthly AS order_period // one walk along the properties instead of one each
RETURN collect(p.order_id) AS ids, collect(p.buyer_ix) AS buyer_ixs, collect(p.customer_id) AS customers,
       collect(coalesce(p.return_of, '')) AS returns_of, collect(p.valid_at) AS placed_at, collect(p.pv) AS pv,
       collect(p.cv) AS cv, collect(coalesce(p.monthly, 0)) AS periods,
       collect(CASE WHEN p.return_of IS NULL THEN -1 ELSE coalesce(order_period, 0) END) AS order_periods,
       collect(p.seq) AS seqs
