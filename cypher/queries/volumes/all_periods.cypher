// name: all_periods
// mode: READ
// description: every period of every calendar, for a recomputation
// output: calendars :: LIST OF STRING
// output: numbers :: LIST OF INTEGER e.g. 202603
// output: ends_at :: LIST OF INTEGER epoch ms, the instant after the period's last
// output: turns :: LIST OF ANY the facts that opened and closed each, in turns
// output: seq :: INTEGER how far the roll-up is
// output: sponsor_levels :: INTEGER to how many levels below each person volumes are kept in the sponsor tree
// output: binary_levels :: INTEGER the same in the binary tree
// output: matrix_levels :: INTEGER the same in the matrix; null when the company keeps none
// cost: O(periods), a dozen a year; budget_ms: 100
MATCH (c:Cursor {name: 'rollup'})
WITH c.seq AS seq, c.sponsor_levels AS sponsor_levels, c.binary_levels AS binary_levels, c.matrix_levels AS matrix_levels
CALL (seq) {
  UNWIND ['daily', 'four_weeks', 'monthly', 'weekly'] AS calendar
  MATCH (p:Period {calendar: calendar})
  WHERE p.number > 0
  RETURN collect(p.calendar) AS calendars, collect(p.number) AS numbers, collect(p.ends_at) AS ends_at,
         collect(coalesce(p.turns, [p.opened_seq]) + CASE WHEN p.closed_seq IS NULL THEN [] ELSE [p.closed_seq] END) AS turns
}
RETURN calendars, numbers, ends_at, turns, seq, sponsor_levels, binary_levels, matrix_levels
