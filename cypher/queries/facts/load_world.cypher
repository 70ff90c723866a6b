// name: load_world
// mode: READ
// description: Everything stored under the ids and keys that a batch of commands names, as lists of tuples, the periods that
//   say where orders count, and the matrix.
// param: keys :: LIST OF STRING idempotency keys
// param: distributor_ids :: LIST OF STRING
// param: customer_ids :: LIST OF STRING
// param: order_ids :: LIST OF STRING numbers of orders and returns
// param: calendars :: LIST OF STRING of which periods are asked for
// param: every :: BOOLEAN every period; else the first, the last and the open ones of each calendar, some of them twice
// output: facts :: LIST OF ANY [seq, key, kind, body, recorded_at ms, what was decided: all columns, most of them null]
// output: people :: LIST OF ANY [ix, id, sponsor_ix, parent_ix, slot, enrolled_at ms, status, since when ms, terminated_at
//   ms or null, consequence or null, parent ix and slot in the matrix] of the distributors and of their sponsors, some of them twice
// output: customers :: LIST OF ANY [id, distributor ix, registered_at ms]
// output: orders :: LIST OF ANY [return_of or null, {calendar: number of the period it counts in, or null}, [date, ms, the same of
//   that date] of the later dates that are known, order_id, seller_ix, buyer_ix, customer_id, placed_at ms, pv, cv, returned]
// output: periods :: LIST OF ANY [calendar, number, name, starts_at ms, ends_at ms, open, closing fact or null, end of its grace
//   days ms or null, the date of an order that counts], oldest first
// output: committed :: LIST OF ANY [calendar, number, run] of those that have a committed run
// output: matrix :: MAP {width, depth, used} as the statement matrix has them
// cost: O(ids given, and periods of the calendars: a dozen a year for months and up to 365 for days)
// budget_ms: 100
CALL () {
  UNWIND $keys AS key
  MATCH (f:Fact {key: key})
  USING INDEX SEEK f:Fact(key)
  WITH f, head([label IN labels(f) WHERE label <> 'Fact']) AS kind
  RETURN collect([f.seq, f.key, kind, f.body, f.recorded_at, f {.ix, .sponsor_ix, .sponsored_at, .since, .parent_ix, .parent_id, .placed_at, .slot, .why,
                  .matrix_parent_ix, .matrix_parent_id, .matrix_placed_at, .matrix_slot, .matrix_why,
                  .tree, .old_parent_ix, .old_slot, .closed_period, .overridden, .consequence, .old_status, .old_terminated_at,
                  .old_consequence, .vacated, .distributor_ix, .order_id, .seller_ix, .buyer_ix, .customer_id,
                  .calendar, .period, .daily, .four_weeks, .monthly, .weekly, .pv, .cv, .late, .return_of, .date, .date_of, .run_id, .calculation_id, .plan_hash,
                  .state, .step, .paid_people, .paid_amount, .supersedes, .before,
                  .balance, .carry_left, .carry_right, .highest_rank,
                  .author, .from_day, .rank, .until_day}]) AS facts
}
CALL () {
  UNWIND $distributor_ids AS id
  MATCH (d:Distributor {id: id})
  USING INDEX SEEK d:Distributor(id)
  OPTIONAL MATCH (s:Distributor {ix: d.sponsor_ix})
  USING INDEX SEEK s:Distributor(ix)
  WITH collect(d) + collect(DISTINCT s) AS some
  RETURN [p IN some | [p.ix, p.id, p.sponsor_ix, p.parent_ix, p.slot, p.enrolled_at, p.status, coalesce(p.status_at, p.enrolled_at),
                       p.terminated_at, p.consequence, coalesce(p.matrix_parent_ix, -1), coalesce(p.matrix_slot, 0)]] AS people
}
CALL () {
  UNWIND $customer_ids AS id
  MATCH (c:Customer {id: id})-[:CUSTOMER_OF]->(d:Distributor)
  USING INDEX SEEK c:Customer(id)
  RETURN collect([c.id, d.ix, c.registered_at]) AS customers
}
CALL () {
  UNWIND $order_ids AS order_id
  MATCH (f:Fact {order_id: order_id})
  USING INDEX SEEK f:Fact(order_id)
  OPTIONAL MATCH (back:Return {return_of: order_id})
  CALL (order_id) {
    MATCH (dated:DateOrder) WHERE dated.date_of = order_id AND dated.date > '' // the index is on both
    RETURN collect([dated.date, dated.valid_at, dated {.daily, .four_weeks, .monthly, .weekly}]) AS dates
  }
  RETURN collect([f.return_of, f {.daily, .four_weeks, .monthly, .weekly}, dates, f.order_id, f.seller_ix, f.buyer_ix, f.customer_id,
                  f.valid_at, f.pv, f.cv, back IS NOT NULL]) AS orders
}
CALL () {
  UNWIND $calendars AS calendar
  CALL (calendar) {
    MATCH (p:Period {calendar: calendar}) WHERE p.number > 0 // the index is on both
    WITH p ORDER BY p.calendar, p.number
    RETURN collect(p) AS every
  }
  UNWIND CASE WHEN $every THEN every ELSE [p IN every WHERE p.state = 'open'] + every[..1] + every[-1..] END AS p
  RETURN collect([p.calendar, p.number, p.name, p.starts_at, p.ends_at, p.state = 'open', p.closed_seq, p.grace_ends_at,
                  coalesce(p.commission_date, 'placed')]) AS periods,
         [pair IN collect(CASE WHEN p.run IS NULL THEN NULL ELSE [p.calendar, p.number, p.run] END) WHERE pair IS NOT NULL] AS committed
}
CALL () {
  CALL () {
    // statement: queries/facts/matrix
  }
  RETURN collect({width: width, depth: depth, used: used})[0] AS matrix
}
RETURN facts, people, customers, orders, periods, committed, matrix
