// name: payments
// mode: READ
// description: What the statements of some runs say of a slice of people, as parallel lists.
// param: runs :: LIST OF STRING
// param: from_ix :: INTEGER first ix
// param: to_ix :: INTEGER one past the last
// output: ixs :: LIST OF INTEGER
// output: places :: LIST OF INTEGER the place of the run among those given, ascending for each ix
// output: distributors :: LIST OF STRING
// output: amounts :: LIST OF INTEGER minor units
// output: paid :: LIST OF INTEGER the fact by which they were paid, -1 while they are not
// cost: O(slice x runs)
// budget_ms: 1000 because one call reads 20,000 people
UNWIND range(0, size($runs) - 1) AS place
MATCH (r:Run {id: $runs[place]})
USING INDEX SEEK r:Run(id)
MATCH (s:Statement)
USING INDEX SEEK s:Statement(run, ix)
WHERE s.run = r.id AND s.ix >= $from_ix AND s.ix < $to_ix
WITH s, place, coalesce(s.paid_seq, CASE WHEN s.amount <> 0 THEN r.paid_rest_seq END, -1) AS paid
ORDER BY s.ix, place
RETURN collect(s.ix) AS ixs, collect(place) AS places, collect(s.distributor) AS distributors,
       collect(s.amount) AS amounts, collect(paid) AS paid
