// name: ancestors
// mode: READ
// description: Every binary edge on the way up from people to their tops, each once, in parallel lists.
// param: ids :: LIST OF STRING
// output: children :: LIST OF STRING
// output: parents :: LIST OF STRING
// cost: O(ids * depth)
// budget_ms: 1000 because the chain above each of up to 200 people may be thousands long
UNWIND $ids AS id
MATCH (d:Distributor {id: id})-[:PLACED_UNDER*0..]->(child)-[:PLACED_UNDER]->(parent)
WITH DISTINCT child, parent
RETURN collect(child.id) AS children, collect(parent.id) AS parents
