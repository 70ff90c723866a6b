// name: enrolled_at
// mode: READ
// description: When people enrolled.
// param: ixs :: LIST OF INTEGER
// output: people :: LIST OF ANY [ix, enrolled_at: epoch ms]
// cost: O(ixs)
// budget_ms: 50
UNWIND $ixs AS ix
MATCH (d:Distributor {ix: ix})
RETURN collect([d.ix, d.enrolled_at]) AS people
