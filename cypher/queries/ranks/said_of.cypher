// name: said_of
// mode: READ
// description: What was decided of one person's rank, in the order of the facts, as parallel lists.
// param: id :: STRING
// output: ranks :: LIST OF STRING '' for none any more
// output: since :: LIST OF STRING the first day, such as 2026-03-01
// output: until :: LIST OF STRING the last day, '' where the rank is
// output: authors :: LIST OF STRING who decided
// output: reasons :: LIST OF STRING
// output: seqs :: LIST OF INTEGER the facts
// output: instants :: LIST OF INTEGER when it was said, epoch milliseconds
// cost: O(decisions of the company); budget_ms: 100
// plan: allows NodeByLabelScan because a company has few of them
MATCH (d:Distributor {id: $id})
USING INDEX SEEK d:Distributor(id)
MATCH (f:OverrideRank) WHERE f.ix = d.ix
WITH f ORDER BY f.seq
RETURN collect(f.rank) AS ranks, collect(f.from_day) AS since, collect(f.until_day) AS until,
       collect(CASE WHEN f.author = '' THEN f.actor ELSE f.author END) AS authors, collect(f.reason) AS reasons,
       collect(f.seq) AS seqs, collect(f.recorded_at) AS instants
