// name: take_head_and_load_world
// mode: WRITE
// description: What load_world says of a batch once the lock of take_head is held, in one trip: everybody else waits for whoever holds it.
// param: keys :: LIST OF STRING as load_world has them
// param: distributor_ids :: LIST OF STRING
// param: customer_ids :: LIST OF STRING
// param: order_ids :: LIST OF STRING
// param: calendars :: LIST OF STRING
// param: every :: BOOLEAN
// output: head :: MAP what take_head says; null when the graph has no Head
// output: facts :: LIST OF ANY as load_world has them
// output: people :: LIST OF ANY
// output: customers :: LIST OF ANY
// output: orders :: LIST OF ANY
// output: periods :: LIST OF ANY
// output: committed :: LIST OF ANY
// output: matrix :: MAP
// cost: as load_world
// budget_ms: 100
// note: nothing but Head may be read before the lock is held: tests/plans sees to this order
CALL () {
  CALL () {
    // statement: queries/facts/take_head
  }
  RETURN collect({seq: seq, hash: hash, people: people, recorded_at: recorded_at})[0] AS head
}
CALL () {
  // statement: queries/facts/load_world
}
RETURN head, facts, people, customers, orders, periods, committed, matrix
