// name: open_periods
// mode: READ
// description: the periods whose tallies can still change after a fact
// param: after_seq :: INTEGER a period closed by a later fact still counts as open
// output: numbers :: LIST OF INTEGER e.g. 202603
// output: ends_at :: LIST OF INTEGER epoch ms, the instant after the period's last
// output: closed_seqs :: LIST OF INTEGER the closing fact, -1 while open
// cost: O(periods), a dozen a year; budget_ms: 100
CALL {
  MATCH (p:Period {calendar: 'monthly'})
  WHERE p.number > 0 AND (p.closed_seq IS NULL OR p.closed_seq > $after_seq)
  RETURN p ORDER BY p.number
}
RETURN collect(p.number) AS numbers, collect(p.ends_at) AS ends_at,
       collect(coalesce(p.closed_seq, -1)) AS closed_seqs
