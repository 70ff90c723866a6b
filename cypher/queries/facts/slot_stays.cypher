// name: slot_stays
// mode: READ
// description: Who stood in a binary slot after an instant and left it, as known now, in parallel lists.
// param: parent_ix :: INTEGER
// param: slot :: INTEGER 1 left, 2 right
// param: since :: INTEGER epoch ms; who left by then is left out
// output: child_ixs :: LIST OF INTEGER
// output: children :: LIST OF STRING their ids
// output: begins :: LIST OF INTEGER epoch ms
// output: ends :: LIST OF INTEGER epoch ms
// cost: O(moves away from the parent)
// budget_ms: 100
MATCH (:Distributor {ix: $parent_ix})<-[edge:WAS_PLACED_UNDER {slot: $slot}]-(child:Distributor)
WHERE edge.void_seq IS NULL AND edge.valid_to > $since AND edge.valid_to > edge.valid_from
RETURN collect(child.ix) AS child_ixs, collect(child.id) AS children, collect(edge.valid_from) AS begins,
       collect(edge.valid_to) AS ends
