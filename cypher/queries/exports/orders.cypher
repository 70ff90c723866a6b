// name: orders
// mode: READ
// description: A page of orders and returns ordered by number, in parallel lists.
// param: after :: STRING the last number of the page before
// param: page :: INTEGER
// param: seq :: INTEGER the fact up to which later dates are known
// output: ids :: LIST OF STRING
// output: buyer_ixs :: LIST OF INTEGER -1 for a customer's
// output: customers :: LIST OF STRING '' for a distributor's
// output: returns_of :: LIST OF STRING number of the order that came back, '' on an order
// output: placed_at :: LIST OF INTEGER epoch milliseconds
// output: paid_at :: LIST OF INTEGER epoch milliseconds, the least integer on a return and where it is not told
// output: shipped_at :: LIST OF INTEGER the same
// output: pv :: LIST OF INTEGER minor units, negative on a return
// output: cv :: LIST OF INTEGER minor units, negative on a return
// output: daily :: LIST OF INTEGER number of the day it counts in, 0 for none
// output: daily_of_order :: LIST OF INTEGER of a return that of its order, of an order its own
// output: four_weeks :: LIST OF INTEGER number of the four weeks it counts in, 0 for none
// output: four_weeks_of_order :: LIST OF INTEGER of a return that of its order, of an order its own
// output: monthly :: LIST OF INTEGER number of the month it counts in, 0 for none
// output: monthly_of_order :: LIST OF INTEGER of a return that of its order, of an order its own
// output: weekly :: LIST OF INTEGER number of the week it counts in, 0 for none
// output: weekly_of_order :: LIST OF INTEGER of a return that of its order, of an order its own
// output: seqs :: LIST OF INTEGER
// cost: O(page); budget_ms: 1000 because one call reads up to 20,000 orders
MATCH (f:Fact)
WHERE f.order_id > $after
WITH f ORDER BY f.order_id LIMIT $page
OPTIONAL MATCH (sold:Fact {order_id: f.return_of})
WITH f, coalesce(sold, f) AS sold
CALL (sold) {
  MATCH (dated:DateOrder) WHERE dated.date_of = sold.order_id AND dated.date > '' AND dated.seq <= $seq // the index is on both
  RETURN collect(properties(dated)) AS dates
}
WITH properties(f) AS p, properties(sold) AS sold, dates, f <> sold AS back // one walk along the properties instead of one each
WITH p, back,
     CASE WHEN NOT back THEN head([d IN dates WHERE d.date = 'paid' | d.valid_at]) END AS paid_at,
     CASE WHEN NOT back THEN head([d IN dates WHERE d.date = 'shipped' | d.valid_at]) END AS shipped_at,
     coalesce(sold.daily, head([d IN dates WHERE d.daily IS NOT NULL | d.daily]), 0) AS daily,
     coalesce(sold.four_weeks, head([d IN dates WHERE d.four_weeks IS NOT NULL | d.four_weeks]), 0) AS four_weeks,
     coalesce(sold.monthly, head([d IN dates WHERE d.monthly IS NOT NULL | d.monthly]), 0) AS monthly,
     coalesce(sold.weekly, head([d IN dates WHERE d.weekly IS NOT NULL | d.weekly]), 0) AS weekly
RETURN collect(p.order_id) AS ids, collect(p.buyer_ix) AS buyer_ixs, collect(p.customer_id) AS customers,
       collect(coalesce(p.return_of, '')) AS returns_of, collect(p.valid_at) AS placed_at,
       collect(coalesce(paid_at, -9223372036854775807 - 1)) AS paid_at,
       collect(coalesce(shipped_at, -9223372036854775807 - 1)) AS shipped_at, collect(p.pv) AS pv, collect(p.cv) AS cv,
       collect(CASE WHEN back THEN coalesce(p.daily, 0) ELSE daily END) AS daily, collect(daily) AS daily_of_order,
       collect(CASE WHEN back THEN coalesce(p.four_weeks, 0) ELSE four_weeks END) AS four_weeks,
       collect(four_weeks) AS four_weeks_of_order,
       collect(CASE WHEN back THEN coalesce(p.monthly, 0) ELSE monthly END) AS monthly, collect(monthly) AS monthly_of_order,
       collect(CASE WHEN back THEN coalesce(p.weekly, 0) ELSE weekly END) AS weekly, collect(weekly) AS weekly_of_order,
       collect(p.seq) AS seqs
