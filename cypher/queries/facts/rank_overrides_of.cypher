// name: rank_overrides_of
// mode: READ
// description: Until when lasts what was decided last of the ranks of some people.
// param: ixs :: LIST OF INTEGER
// output: last :: LIST OF ANY [ix, the last day such as 2026-12-31, '' where that was: none any more]
// cost: O(decisions); budget_ms: 100
// plan: allows NodeByLabelScan because a company has few of them
MATCH (f:OverrideRank) WHERE f.ix IN $ixs
WITH f ORDER BY f.seq
WITH f.ix AS ix, collect(f.until_day)[-1] AS until
RETURN collect([ix, until]) AS last
