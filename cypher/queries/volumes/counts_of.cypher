// name: counts_of
// mode: READ
// description: subtree heads of some people as stored
// param: ixs :: LIST OF INTEGER
// param: key :: STRING e.g. sponsor_count
// output: counts :: LIST OF ANY [ix, heads]
// cost: O(ixs); budget_ms: 100
UNWIND $ixs AS ix
MATCH (t:Tally {ix: ix, calendar: 'monthly'})
RETURN collect([t.ix, coalesce(t[$key], 1)]) AS counts
