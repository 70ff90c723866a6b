// name: counts_of
// mode: READ
// description: subtree heads of some people as stored
// param: ixs :: LIST OF INTEGER
// param: key :: STRING sponsor_count or binary_count
// output: counts :: LIST OF ANY [ix, heads]
// cost: O(ixs); budget_ms: 100
UNWIND $ixs AS ix
MATCH (t:Tally {ix: ix, calendar: 'monthly'})
RETURN collect([t.ix, t[$key]]) AS counts
