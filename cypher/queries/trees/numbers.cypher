// name: numbers
// mode: READ
// description: the live figures of many people as rolled up; who has none yet is left out
// param: ixs :: LIST OF INTEGER inner numbers
// param: calendar :: STRING = 'monthly'
// output: numbers :: LIST OF ANY [ix, sponsor heads, binary heads, matrix heads, period in slot 0, its own_pv, own_cv,
//   customer_pv, customer_cv, sponsor_pv, sponsor_cv, binary_pv, binary_cv, matrix_pv, matrix_cv, then the same eleven of slot 1]; volumes in minor units
// output: as_of_seq :: INTEGER the last fact rolled up, read before the figures
// cost: O(ixs); budget_ms: 100
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS as_of_seq
CALL (as_of_seq) {
  UNWIND $ixs AS ix
  MATCH (monthly:Tally {ix: ix, calendar: 'monthly'})
  OPTIONAL MATCH (other:Tally {ix: ix, calendar: nullIf($calendar, 'monthly')})
  WITH monthly, CASE $calendar WHEN 'monthly' THEN monthly ELSE other END AS t
  RETURN collect([
    monthly.ix, monthly.sponsor_count, monthly.binary_count, coalesce(monthly.matrix_count, 1),
    coalesce(t.period_0, -1), coalesce(t.own_pv_0, 0), coalesce(t.own_cv_0, 0), coalesce(t.customer_pv_0, 0), coalesce(t.customer_cv_0, 0),
    coalesce(t.sponsor_pv_0, 0), coalesce(t.sponsor_cv_0, 0), coalesce(t.binary_pv_0, 0), coalesce(t.binary_cv_0, 0),
    coalesce(t.matrix_pv_0, t.own_pv_0 + t.customer_pv_0, 0), coalesce(t.matrix_cv_0, t.own_cv_0 + t.customer_cv_0, 0),
    coalesce(t.period_1, -1), coalesce(t.own_pv_1, 0), coalesce(t.own_cv_1, 0), coalesce(t.customer_pv_1, 0), coalesce(t.customer_cv_1, 0),
    coalesce(t.sponsor_pv_1, 0), coalesce(t.sponsor_cv_1, 0), coalesce(t.binary_pv_1, 0), coalesce(t.binary_cv_1, 0),
    coalesce(t.matrix_pv_1, t.own_pv_1 + t.customer_pv_1, 0), coalesce(t.matrix_cv_1, t.own_cv_1 + t.customer_cv_1, 0)
  ]) AS numbers
}
RETURN numbers, as_of_seq
