// name: name_of
// mode: READ
// description: What somebody is called; no row when there is no such person.
// param: id :: STRING
// output: name :: STRING '' for none
// cost: O(1)
// budget_ms: 50
MATCH (d:Distributor {id: $id})
RETURN d.name AS name
