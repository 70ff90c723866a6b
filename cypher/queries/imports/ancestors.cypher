// name: ancestors
// mode: READ
// description: The binary edges of the first 64 levels of the ways up from people, each once, in parallel lists.
// param: ids :: LIST OF STRING
// output: children :: LIST OF STRING
// output: parents :: LIST OF STRING
// cost: O(64 * ids)
// budget_ms: 1000 because one call asks for up to 5,000 ids
UNWIND $ids AS id
MATCH (d:Distributor {id: id})-[:PLACED_UNDER*0..63]->(child)-[:PLACED_UNDER]->(parent)
WITH DISTINCT child, parent
RETURN collect(child.id) AS children, collect(parent.id) AS parents
