// name: levels_up_matrix
// mode: READ
// description: The edges of the matrix of the first eight levels of the ways up from people, each once, in parallel lists.
// param: ids :: LIST OF STRING
// output: children :: LIST OF STRING
// output: parents :: LIST OF STRING
// cost: O(8 x ids); budget_ms: 1000 because one call asks about up to 5,000 people
UNWIND $ids AS id
MATCH (:Distributor {id: id})-[:SEATED_UNDER*0..7]->(child)
WITH DISTINCT child
MATCH (child)-[:SEATED_UNDER]->(parent)
RETURN collect(child.id) AS children, collect(parent.id) AS parents
