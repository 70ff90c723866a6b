// name: slot_stays_matrix
// mode: READ
// description: Who stood in slots of the matrix after an instant and left them, as known now.
// param: slots :: LIST OF ANY [parent ix, slot]
// param: since :: INTEGER epoch ms; who left by then is left out
// output: stays :: LIST OF ANY [parent ix, slot, child ix, child id, since ms, until ms]
// cost: O(slots and the moves away from their parents)
// budget_ms: 100
UNWIND $slots AS asked
MATCH (:Distributor {ix: asked[0]})<-[edge:WAS_SEATED_UNDER {slot: asked[1]}]-(child:Distributor)
WHERE edge.void_seq IS NULL AND edge.valid_to > $since AND edge.valid_to > edge.valid_from
RETURN collect([asked[0], asked[1], child.ix, child.id, edge.valid_from, edge.valid_to]) AS stays
