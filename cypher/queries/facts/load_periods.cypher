// name: load_periods
// mode: READ
// description: Every period of the calendars given, open and closed (a dozen a year).
// param: calendars :: LIST OF STRING
// output: periods :: LIST OF ANY [calendar, number, name, starts_at ms, ends_at ms, open]
// output: committed :: LIST OF ANY [calendar, number] of periods that have a committed run
// cost: O(periods)
// budget_ms: 100
UNWIND $calendars AS calendar
MATCH (p:Period {calendar: calendar}) WHERE p.number > 0 // the index is on both
RETURN collect([p.calendar, p.number, p.name, p.starts_at, p.ends_at, p.state = 'open']) AS periods,
       [pair IN collect(CASE WHEN p.run IS NULL THEN NULL ELSE [p.calendar, p.number] END) WHERE pair IS NOT NULL] AS committed
