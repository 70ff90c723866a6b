// name: openings
// mode: READ
// description: What distributors brought along from a former system, a period each, in parallel lists.
// param: ids :: LIST OF STRING
// output: ids :: LIST OF STRING
// output: calendars :: LIST OF STRING
// output: periods :: LIST OF INTEGER number of the period
// output: carry_left :: LIST OF INTEGER minor CV
// output: carry_right :: LIST OF INTEGER minor CV
// output: balances :: LIST OF INTEGER minor units, negative when they owe the company
// output: highest_ranks :: LIST OF STRING '' for none
// cost: O(openings of the ids)
// budget_ms: 500 because one call asks for up to 5,000 ids
UNWIND $ids AS id
MATCH (d:Distributor {id: id})
MATCH (f:Opening) WHERE f.ix = d.ix AND f.period > 0 // the index is on both
RETURN collect(d.id) AS ids, collect(f.calendar) AS calendars, collect(f.period) AS periods, collect(f.carry_left) AS carry_left,
       collect(f.carry_right) AS carry_right, collect(f.balance) AS balances, collect(f.highest_rank) AS highest_ranks
