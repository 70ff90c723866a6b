// name: taken_over
// mode: READ
// description: What people brought along from a former system as known at a fact: opening figures and statements, in parallel
//   lists.
// param: ixs :: LIST OF INTEGER
// param: seq :: INTEGER what is known
// output: opening_ixs :: LIST OF INTEGER
// output: openings :: LIST OF ANY [calendar, number of the period, carry left, carry right, balance, highest rank]
// output: statement_ixs :: LIST OF INTEGER
// output: statements :: LIST OF ANY [calendar, number of the period, canonical JSON of the fact]
// cost: O(periods of the people); budget_ms: 1000 because one call asks for up to 20,000 people
UNWIND $ixs AS ix
CALL (ix) {
  MATCH (f:Opening) WHERE f.ix = ix AND f.period > 0 // the index is on both
  RETURN f, true AS opens
  UNION ALL
  MATCH (f:PastStatement) WHERE f.ix = ix AND f.calendar > '' AND f.period > 0 // the index is on all three
  RETURN f, false AS opens
}
WITH f, opens WHERE f.seq <= $seq
RETURN collect(CASE WHEN opens THEN f.ix END) AS opening_ixs,
       collect(CASE WHEN opens THEN [f.calendar, f.period, f.carry_left, f.carry_right, f.balance, f.highest_rank] END) AS openings,
       collect(CASE WHEN NOT opens THEN f.ix END) AS statement_ixs,
       collect(CASE WHEN NOT opens THEN [f.calendar, f.period, f.body] END) AS statements
