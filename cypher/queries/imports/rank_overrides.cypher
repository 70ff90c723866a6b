// name: rank_overrides
// mode: READ
// description: What was decided of the ranks of distributors, in the order of the facts, in parallel lists.
// param: ids :: LIST OF STRING
// output: ids :: LIST OF STRING
// output: ranks :: LIST OF STRING '' for none any more
// output: since :: LIST OF STRING the first day, such as 2026-03-01
// output: until :: LIST OF STRING the last day, '' where the rank is
// output: authors :: LIST OF STRING who decided
// output: reasons :: LIST OF STRING
// cost: O(decisions of the company)
// budget_ms: 500 because one call asks for up to 5,000 ids
// plan: allows NodeByLabelScan because a company has few of them
UNWIND $ids AS id
MATCH (d:Distributor {id: id})
USING INDEX SEEK d:Distributor(id)
WITH collect(d.ix) AS ixs
MATCH (f:OverrideRank) WHERE f.ix IN ixs
MATCH (d:Distributor {ix: f.ix})
USING INDEX SEEK d:Distributor(ix)
WITH f, d ORDER BY f.seq
RETURN collect(d.id) AS ids, collect(f.rank) AS ranks, collect(f.from_day) AS since, collect(f.until_day) AS until,
       collect(CASE WHEN f.author = '' THEN f.actor ELSE f.author END) AS authors, collect(f.reason) AS reasons
