// name: first
// mode: READ
// description: the first distributor ever enrolled, where staff begin to look; no row in an empty company
// output: id :: STRING
// cost: O(1); budget_ms: 20
MATCH (d:Distributor {ix: 0})
RETURN d.id AS id
