// name: ix_of
// mode: READ
// description: the number of a person; no row when there is no such person
// param: id :: STRING
// output: ix :: INTEGER
// cost: O(1); budget_ms: 20
MATCH (d:Distributor {id: $id})
RETURN d.ix AS ix
