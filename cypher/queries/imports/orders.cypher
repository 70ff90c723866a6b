// name: orders
// mode: READ
// description: Orders and returns by number as an import compares them, in parallel lists; numbers not stored are left out.
// param: ids :: LIST OF STRING
// output: ids :: LIST OF STRING
// output: buyers :: LIST OF STRING id of the distributor or the customer who bought
// output: buyer_kinds :: LIST OF STRING distributor or customer
// output: returns_of :: LIST OF STRING number of the order that came back, '' on an order
// output: placed_at :: LIST OF INTEGER epoch milliseconds
// output: pv :: LIST OF INTEGER minor units, positive on a return too
// output: cv :: LIST OF INTEGER minor units, positive on a return too
// output: periods :: LIST OF ANY the numbers of the daily, four_weeks, monthly and weekly period each counts in, null for none
// output: dates :: LIST OF ANY when each was paid and shipped, epoch milliseconds, null where that is not told
// cost: O(ids)
// budget_ms: 500 because one call asks for up to 5,000 ids
UNWIND $ids AS id
MATCH (f:Fact {order_id: id})
OPTIONAL MATCH (buyer:Distributor {ix: f.buyer_ix})
OPTIONAL MATCH (paid:DateOrder {date_of: id, date: 'paid'})
OPTIONAL MATCH (shipped:DateOrder {date_of: id, date: 'shipped'})
RETURN collect(f.order_id) AS ids,
       collect(coalesce(buyer.id, f.customer_id)) AS buyers,
       collect(CASE WHEN f.buyer_ix = -1 THEN 'customer' ELSE 'distributor' END) AS buyer_kinds,
       collect(coalesce(f.return_of, '')) AS returns_of,
       collect(f.valid_at) AS placed_at,
       collect(abs(f.pv)) AS pv,
       collect(abs(f.cv)) AS cv,
       collect([coalesce(f.daily, paid.daily, shipped.daily), coalesce(f.four_weeks, paid.four_weeks, shipped.four_weeks),
                coalesce(f.monthly, paid.monthly, shipped.monthly), coalesce(f.weekly, paid.weekly, shipped.weekly)]) AS periods,
       collect([paid.valid_at, shipped.valid_at]) AS dates
