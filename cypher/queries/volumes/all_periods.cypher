// name: all_periods
// mode: READ
// description: every period of every calendar, for a recomputation
// output: calendars :: LIST OF STRING
// output: numbers :: LIST OF INTEGER e.g. 202603
// output: ends_at :: LIST OF INTEGER epoch ms, the instant after the period's last
// output: closed_seqs :: LIST OF INTEGER the closing fact, -1 while open
// output: seq :: INTEGER how far the roll-up is
// output: people :: INTEGER how many people were enrolled by that fact: ix is dense and grows with it
// output: sponsor_levels :: INTEGER to how many levels below each person volumes are kept in the sponsor tree
// output: binary_levels :: INTEGER the same in the binary tree
// cost: O(periods), a dozen a year; budget_ms: 100
MATCH (c:Cursor {name: 'rollup'})
WITH c.seq AS seq, c.sponsor_levels AS sponsor_levels, c.binary_levels AS binary_levels
CALL (seq) {
  MATCH (d:Distributor)
  WHERE d.enrol_seq <= seq
  WITH d ORDER BY d.enrol_seq DESC LIMIT 1
  RETURN sum(d.ix + 1) AS people // 0 where there is nobody
}
CALL (seq) {
  UNWIND ['daily', 'four_weeks', 'monthly', 'weekly'] AS calendar
  MATCH (p:Period {calendar: calendar})
  WHERE p.number > 0
  RETURN collect(p.calendar) AS calendars, collect(p.number) AS numbers, collect(p.ends_at) AS ends_at,
         collect(coalesce(p.closed_seq, -1)) AS closed_seqs
}
RETURN calendars, numbers, ends_at, closed_seqs, seq, people, sponsor_levels, binary_levels
