// name: rank_overrides
// mode: READ
// description: Every decision that somebody is paid as at least a rank, or no longer, in the order of the facts, as parallel lists.
// param: seq :: INTEGER what is known
// output: ixs :: LIST OF INTEGER of whom
// output: ranks :: LIST OF STRING '' for none any more
// output: since :: LIST OF STRING the first day, such as 2026-03-01
// output: until :: LIST OF STRING the last day
// output: authors :: LIST OF STRING who decided
// output: reasons :: LIST OF STRING
// output: seqs :: LIST OF INTEGER the facts
// cost: O(decisions); budget_ms: 100
// plan: allows NodeByLabelScan because all of them are looked at, and a company has few
MATCH (f:OverrideRank) WHERE f.seq <= $seq
WITH f ORDER BY f.seq
RETURN collect(coalesce(f.ix, -1)) AS ixs, collect(coalesce(f.rank, '')) AS ranks, collect(coalesce(f.from_day, '')) AS since,
       collect(coalesce(f.until_day, '')) AS until, collect(CASE WHEN coalesce(f.author, '') = '' THEN coalesce(f.actor, '') ELSE f.author END) AS authors,
       collect(coalesce(f.reason, '')) AS reasons, collect(coalesce(f.seq, -1)) AS seqs
