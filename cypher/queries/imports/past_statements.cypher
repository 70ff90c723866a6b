// name: past_statements
// mode: READ
// description: The statements that a former system made for distributors, in parallel lists.
// param: ids :: LIST OF STRING
// output: ids :: LIST OF STRING
// output: calendars :: LIST OF STRING
// output: periods :: LIST OF INTEGER number of the period
// output: bodies :: LIST OF STRING canonical JSON of the fact, with the lines
// cost: O(periods of the ids)
// budget_ms: 500 because one call asks for up to 5,000 ids
UNWIND $ids AS id
MATCH (d:Distributor {id: id})
MATCH (f:PastStatement) WHERE f.ix = d.ix AND f.calendar > '' AND f.period > 0 // the index is on all three
RETURN collect(d.id) AS ids, collect(f.calendar) AS calendars, collect(f.period) AS periods, collect(f.body) AS bodies
