// name: ways_up_matrix
// mode: READ
// description: The edges of the matrix of the ways from people up to the top, each once, in parallel lists.
// param: ids :: LIST OF STRING
// output: children :: LIST OF STRING
// output: parents :: LIST OF STRING
// cost: O(sum of their depths), so asked about few people; budget_ms: 1000 because each may stand 10,000 deep
UNWIND $ids AS id
MATCH (:Distributor {id: id})-[:SEATED_UNDER*0..]->(child)
WITH DISTINCT child
MATCH (child)-[:SEATED_UNDER]->(parent)
RETURN collect(child.id) AS children, collect(parent.id) AS parents
