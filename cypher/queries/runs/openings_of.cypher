// name: openings_of
// mode: READ
// description: What one distributor brought along from a former system, a period each, oldest first, in parallel lists.
// param: id :: STRING
// output: ix :: INTEGER
// output: calendars :: LIST OF STRING
// output: periods :: LIST OF INTEGER number of the period
// output: balances :: LIST OF INTEGER minor units, negative when they owe the company
// output: highest_ranks :: LIST OF STRING '' for none
// cost: O(openings of the person)
// budget_ms: 100
MATCH (d:Distributor {id: $id})
OPTIONAL MATCH (f:Opening) WHERE f.ix = d.ix AND f.period > 0 // the index is on both
WITH d, f ORDER BY f.period
RETURN d.ix AS ix, collect(f.calendar) AS calendars, collect(f.period) AS periods, collect(f.balance) AS balances, collect(f.highest_rank) AS highest_ranks
