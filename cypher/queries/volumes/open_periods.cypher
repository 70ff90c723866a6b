// name: open_periods
// mode: READ
// description: the periods whose tallies can still change after a fact
// param: after_seq :: INTEGER a period closed by a later fact still counts as open
// output: calendars :: LIST OF STRING
// output: numbers :: LIST OF INTEGER e.g. 202603
// output: ends_at :: LIST OF INTEGER epoch ms, the instant after the period's last
// output: turns :: LIST OF ANY the facts that opened and closed each, in turns
// cost: O(periods), a dozen a year for months and up to 365 for days; budget_ms: 100
CALL {
  UNWIND ['daily', 'four_weeks', 'monthly', 'weekly'] AS calendar
  MATCH (p:Period {calendar: calendar})
  WHERE p.number > 0 AND (p.closed_seq IS NULL OR p.closed_seq > $after_seq)
  RETURN p ORDER BY p.calendar, p.number
}
RETURN collect(p.calendar) AS calendars, collect(p.number) AS numbers, collect(p.ends_at) AS ends_at,
       collect(coalesce(p.turns, [p.opened_seq]) + CASE WHEN p.closed_seq IS NULL THEN [] ELSE [p.closed_seq] END) AS turns
