// name: late_returns
// mode: READ
// description: a period's returns among a range of facts whose orders count in another, earlier one, as parallel lists
// param: calendar :: STRING
// param: period :: INTEGER
// param: after :: INTEGER the fact before the range
// param: to_seq :: INTEGER the last fact of the range
// output: seqs :: LIST OF INTEGER the returns
// output: orders :: LIST OF STRING the orders that came back
// output: periods :: LIST OF INTEGER numbers of the periods in which these count
// output: days :: LIST OF INTEGER whole days between the order and its return
// cost: O(facts of the range), and for each return of the period two seeks
// budget_ms: 1000 because one call reads up to 50,000 facts
MATCH (f:Fact)
USING INDEX f:Fact(seq)
WHERE f.seq > $after AND f.seq <= $to_seq AND f:Return AND f[$calendar] = $period
MATCH (o:Fact {order_id: f.return_of})
USING INDEX SEEK o:Fact(order_id)
CALL (o) { // an order that counts by a later date is told where by the fact of that date
  MATCH (dated:DateOrder) WHERE dated.date_of = o.order_id AND dated.date > '' // the index is on both
  RETURN collect(dated[$calendar]) AS dated
}
WITH f, o, coalesce(o[$calendar], head(dated)) AS counted
WHERE counted <> $period
RETURN collect(f.seq) AS seqs, collect(o.order_id) AS orders, collect(counted) AS periods, collect((f.valid_at - o.valid_at) / 86400000) AS days
