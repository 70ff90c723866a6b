// name: people
// mode: READ
// description: the ids of those whom events are about
// param: ixs :: LIST OF INTEGER
// output: ixs :: LIST OF INTEGER
// output: ids :: LIST OF STRING
// cost: O(ixs); budget_ms: 100
UNWIND $ixs AS ix
MATCH (d:Distributor {ix: ix})
RETURN collect(d.ix) AS ixs, collect(d.id) AS ids
