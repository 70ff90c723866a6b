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
// output: daily :: LIST OF INTEGER number of the day it counts in, 0 for none
// output: daily_of_order :: LIST OF INTEGER of a return that of its order, of an order 0
// output: four_weeks :: LIST OF INTEGER number of the four weeks it counts in, 0 for none
// output: four_weeks_of_order :: LIST OF INTEGER of a return that of its order, of an order 0
// output: monthly :: LIST OF INTEGER number of the month it counts in, 0 for none
// output: monthly_of_order :: LIST OF INTEGER of a return that of its order, of an order 0
// output: weekly :: LIST OF INTEGER number of the week it counts in, 0 for none
// output: weekly_of_order :: LIST OF INTEGER of a return that of its order, of an order 0
// output: seqs :: LIST OF INTEGER
// cost: O(page); budget_ms: 1000 because one call reads up to 20,000 orders
MATCH (f:Fact)
WHERE f.order_id > $after
WITH f ORDER BY f.order_id LIMIT $page
OPTIONAL MATCH (sold:Fact {order_id: f.return_of})
WITH properties(f) AS p, properties(sold) AS sold // one walk along the properties instead of one each
RETURN collect(p.order_id) AS ids, collect(p.buyer_ix) AS buyer_ixs, collect(p.customer_id) AS customers,
       collect(coalesce(p.return_of, '')) AS returns_of, collect(p.valid_at) AS placed_at, collect(p.pv) AS pv,
       collect(p.cv) AS cv,
       collect(coalesce(p.daily, 0)) AS daily, collect(coalesce(sold.daily, 0)) AS daily_of_order,
       collect(coalesce(p.four_weeks, 0)) AS four_weeks, collect(coalesce(sold.four_weeks, 0)) AS four_weeks_of_order,
       collect(coalesce(p.monthly, 0)) AS monthly, collect(coalesce(sold.monthly, 0)) AS monthly_of_order,
       collect(coalesce(p.weekly, 0)) AS weekly, collect(coalesce(sold.weekly, 0)) AS weekly_of_order,
       collect(p.seq) AS seqs
