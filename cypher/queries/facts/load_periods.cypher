// name: load_periods
// mode: READ
// description: The periods of the calendars given, oldest first: every one, or what says where an order counts, which are the
//   first, the last and the open ones of each, some of them twice.
// param: calendars :: LIST OF STRING
// param: all :: BOOLEAN
// output: periods :: LIST OF ANY [calendar, number, name, starts_at ms, ends_at ms, open]
// output: committed :: LIST OF ANY [calendar, number] of those that have a committed run
// cost: O(periods), a dozen a year for months and up to 365 for days
// budget_ms: 100
UNWIND $calendars AS calendar
CALL (calendar) {
  MATCH (p:Period {calendar: calendar}) WHERE p.number > 0 // the index is on both
  WITH p ORDER BY p.calendar, p.number
  RETURN collect(p) AS every
}
UNWIND CASE WHEN $all THEN every ELSE [p IN every WHERE p.state = 'open'] + every[..1] + every[-1..] END AS p
RETURN collect([p.calendar, p.number, p.name, p.starts_at, p.ends_at, p.state = 'open']) AS periods,
       [pair IN collect(CASE WHEN p.run IS NULL THEN NULL ELSE [p.calendar, p.number] END) WHERE pair IS NOT NULL] AS committed
