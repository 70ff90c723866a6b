// name: load_newcomer
// mode: READ
// description: What load_world says of a batch, and what load_places_binary says of the place of a newcomer with whom it begins: in one
//   trip, since everybody waits for whoever holds Head. Not within load_world, where each order would have it planned.
// param: keys :: LIST OF STRING as load_world has them
// param: distributor_ids :: LIST OF STRING
// param: customer_ids :: LIST OF STRING
// param: order_ids :: LIST OF STRING
// param: calendars :: LIST OF STRING
// param: every :: BOOLEAN
// param: id :: STRING as load_places_binary has it
// param: strategy :: STRING
// param: ixs :: LIST OF INTEGER
// param: slots :: LIST OF ANY
// param: comers :: LIST OF INTEGER
// param: beneath :: LIST OF ANY
// param: since :: INTEGER
// param: now :: INTEGER
// output: facts :: LIST OF ANY
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
// cost: O(ids given, periods of the calendars, log people)
// budget_ms: 100
CALL () {
  // statement: queries/facts/load_world
}
CALL () {
  // statement: queries/facts/load_places_binary
}
RETURN facts, people, customers, orders, periods, committed, matrix, parent_ix, parent_id, slot, why, parent_enrolled_at,
       spots, stays, gave_up, beneath
