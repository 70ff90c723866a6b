// name: order_columns
// mode: READ
// description: a period's orders and returns among a range of facts, as parallel lists in the order of their facts; an order
//   that counts by a later date is told by the fact of that date
// param: calendar :: STRING
// param: period :: INTEGER
// param: after :: INTEGER the fact before the range
// param: to_seq :: INTEGER the last fact of the range
// output: seqs :: LIST OF INTEGER
// output: order_ids :: LIST OF STRING
// output: sellers :: LIST OF INTEGER ix whose volume it is
// output: buyers :: LIST OF INTEGER ix, or -1 for a customer's
// output: customers :: LIST OF STRING the id of the customer who bought, or sent back; '' for an own purchase
// output: pvs :: LIST OF INTEGER minor units
// output: cvs :: LIST OF INTEGER minor units
// output: instants :: LIST OF INTEGER epoch milliseconds of the date it counts by, or of the return
// cost: O(facts of the range); few of those between a period's opening and its close are not its own
// budget_ms: 1000 because one call reads up to 50,000 facts
MATCH (f:Fact)
USING INDEX f:Fact(seq)
WHERE f.seq > $after AND f.seq <= $to_seq AND (f:Order OR f:DateOrder OR f:Return) AND f[$calendar] = $period
WITH f ORDER BY f.seq // the order of the index
WITH properties(f) AS p // one walk along the properties instead of one each
RETURN collect(p.seq) AS seqs, collect(coalesce(p.order_id, p.date_of)) AS order_ids, collect(p.seller_ix) AS sellers,
       collect(p.buyer_ix) AS buyers, collect(coalesce(p.customer_id, '')) AS customers, collect(p.pv) AS pvs, collect(p.cv) AS cvs,
       collect(p.valid_at) AS instants
