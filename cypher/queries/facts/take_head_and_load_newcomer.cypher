// name: take_head_and_load_newcomer
// mode: WRITE
// description: What load_newcomer says of a batch once the lock of take_head is held, in one trip: everybody else waits for whoever holds it.
// param: keys :: LIST OF STRING as load_newcomer has them
// param: distributor_ids :: LIST OF STRING
// param: customer_ids :: LIST OF STRING
// param: order_ids :: LIST OF STRING
// param: calendars :: LIST OF STRING
// param: every :: BOOLEAN
// param: id :: STRING
// param: strategy :: STRING
// param: ixs :: LIST OF INTEGER
// param: slots :: LIST OF ANY
// param: comers :: LIST OF INTEGER
// param: beneath :: LIST OF ANY
// param: since :: INTEGER
// param: now :: INTEGER
// output: head :: MAP what take_head says; null when the graph has no Head
// output: facts :: LIST OF ANY as load_newcomer has them
// output: people :: LIST OF ANY
// output: customers :: LIST OF ANY
// output: orders :: LIST OF ANY
// output: periods :: LIST OF ANY
// output: committed :: LIST OF ANY
// output: matrix :: MAP
// output: parent_ix :: INTEGER
// output: parent_id :: STRING
// output: slot :: INTEGER
// output: why :: STRING
// output: parent_enrolled_at :: INTEGER
// output: spots :: LIST OF ANY
// output: stays :: LIST OF ANY
// output: gave_up :: LIST OF ANY
// output: beneath :: LIST OF ANY
// cost: as load_newcomer
// budget_ms: 100
// note: nothing but Head may be read before the lock is held: tests/plans sees to this order
CALL () {
  CALL () {
    // statement: queries/facts/take_head
  }
  RETURN collect({seq: seq, hash: hash, people: people, recorded_at: recorded_at})[0] AS head
}
CALL () {
  // statement: queries/facts/load_newcomer
}
RETURN head, facts, people, customers, orders, periods, committed, matrix, parent_ix, parent_id, slot, why, parent_enrolled_at, spots, stays, gave_up, beneath
