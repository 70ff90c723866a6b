// name: periods
// mode: READ
// description: Every fact that opened a period, closed it, opened it again or set its grace days, in their order, as parallel lists; and
//   all that stored periods say.
// output: seqs :: LIST OF INTEGER the facts
// output: kinds :: LIST OF STRING OpenPeriod, ClosePeriod, ReopenPeriod or SetGraceDays
// output: bodies :: LIST OF STRING canonical JSON of their commands
// output: periods :: LIST OF MAP all properties of each
// cost: O(periods); budget_ms: 1000 because a company may have kept days for years
// plan: allows NodeByLabelScan because all of them are looked at
CALL () {
  CALL () {
    MATCH (f:OpenPeriod) RETURN f, 'OpenPeriod' AS kind
    UNION ALL
    MATCH (f:ClosePeriod) RETURN f, 'ClosePeriod' AS kind
    UNION ALL
    MATCH (f:ReopenPeriod) RETURN f, 'ReopenPeriod' AS kind
    UNION ALL
    MATCH (f:SetGraceDays) RETURN f, 'SetGraceDays' AS kind
  }
  WITH f, kind ORDER BY f.seq
  RETURN collect(coalesce(f.seq, -1)) AS seqs, collect(kind) AS kinds, collect(coalesce(f.body, '')) AS bodies
}
CALL () {
  MATCH (p:Period)
  RETURN collect(properties(p)) AS periods
}
RETURN seqs, kinds, bodies, periods
