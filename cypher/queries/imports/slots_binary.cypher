// name: slots_binary
// mode: READ
// description: Who stands in the binary slots of people, in parallel lists.
// param: ids :: LIST OF STRING the parents
// output: parents :: LIST OF STRING
// output: slots :: LIST OF INTEGER 1 left, 2 right
// output: children :: LIST OF STRING
// cost: O(ids)
// budget_ms: 500 because one call asks for up to 5,000 ids
UNWIND $ids AS id
MATCH (parent:Distributor {id: id})<-[place:PLACED_UNDER]-(child:Distributor)
RETURN collect(parent.id) AS parents, collect(place.slot) AS slots, collect(child.id) AS children
