// name: slots_matrix
// mode: READ
// description: Who stands in people's slots of the matrix, in parallel lists.
// param: ids :: LIST OF STRING the parents
// output: parents :: LIST OF STRING
// output: slots :: LIST OF INTEGER from 1, the left one
// output: children :: LIST OF STRING
// cost: O(ids)
// budget_ms: 500 because one call asks for up to 5,000 ids
UNWIND $ids AS id
MATCH (parent:Distributor {id: id})<-[place:SEATED_UNDER]-(child:Distributor)
RETURN collect(parent.id) AS parents, collect(place.slot) AS slots, collect(child.id) AS children
