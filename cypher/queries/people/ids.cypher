// name: ids
// mode: READ
// description: The ids of people by their numbers; who is not stored is not among them.
// param: ixs :: LIST OF INTEGER
// output: ixs :: LIST OF INTEGER of those who are
// output: ids :: LIST OF STRING
// cost: O(ixs); budget_ms: 100
MATCH (d:Distributor)
WHERE d.ix IN $ixs AND d.id IS NOT NULL
RETURN collect(d.ix) AS ixs, collect(d.id) AS ids
