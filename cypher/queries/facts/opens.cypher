// name: opens
// mode: READ
// description: The period of each calendar that begins with what people brought along from a former system, in parallel
//   lists; a calendar without any is left out.
// output: calendars :: LIST OF STRING
// output: periods :: LIST OF INTEGER number of the period
// cost: O(1)
// budget_ms: 50
UNWIND ['daily', 'four_weeks', 'monthly', 'weekly'] AS calendar
CALL (calendar) {
  // The index is on all three; all of a calendar are of one period.
  MATCH (f:Opening) WHERE f.calendar = calendar AND f.period > 0 AND f.ix >= 0
  RETURN f.period AS period LIMIT 1
}
RETURN collect(calendar) AS calendars, collect(period) AS periods
