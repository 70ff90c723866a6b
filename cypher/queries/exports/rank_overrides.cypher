// name: rank_overrides
// mode: READ
// description: Every decision about a rank that is known at a fact, in the order of the facts, as parallel lists.
// param: seq :: INTEGER what is known
// output: ixs :: LIST OF INTEGER of whom
// output: ranks :: LIST OF STRING '' for none any more
// output: since :: LIST OF STRING the first day, such as 2026-03-01
// output: until :: LIST OF STRING the last day, '' where the rank is
// output: authors :: LIST OF STRING who decided
// output: reasons :: LIST OF STRING
// cost: O(decisions); budget_ms: 100
// plan: allows NodeByLabelScan because all of them are looked at, and a company has few
MATCH (f:OverrideRank) WHERE f.seq <= $seq
WITH f ORDER BY f.seq
RETURN collect(f.ix) AS ixs, collect(f.rank) AS ranks, collect(f.from_day) AS since, collect(f.until_day) AS until,
       collect(CASE WHEN f.author = '' THEN f.actor ELSE f.author END) AS authors, collect(f.reason) AS reasons
