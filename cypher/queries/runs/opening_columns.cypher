// name: opening_columns
// mode: READ
// description: The carry-over, balances and highest ranks that a slice of people brought along into a period from a former system, as
//   parallel lists.
// param: calendar :: STRING
// param: period :: INTEGER number of the period
// param: from_ix :: INTEGER first ix
// param: to_ix :: INTEGER first ix after the slice
// param: seq :: INTEGER what is known
// output: ixs :: LIST OF INTEGER
// output: carry_left :: LIST OF INTEGER minor CV
// output: carry_right :: LIST OF INTEGER minor CV
// output: balances :: LIST OF INTEGER minor units, negative when they owe the company
// output: highest_ranks :: LIST OF STRING the highest rank so far, '' for none
// cost: O(slice)
// budget_ms: 1000 because one call reads 20,000 openings
MATCH (f:Opening)
WHERE f.calendar = $calendar AND f.period = $period AND f.ix >= $from_ix AND f.ix < $to_ix AND f.seq <= $seq
RETURN collect(f.ix) AS ixs, collect(f.carry_left) AS carry_left, collect(f.carry_right) AS carry_right,
       collect(f.balance) AS balances, collect(f.highest_rank) AS highest_ranks
