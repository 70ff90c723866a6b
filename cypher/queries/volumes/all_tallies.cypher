// name: all_tallies
// mode: READ
// description: the stored tallies of a range of people, for a recomputation
// param: from_ix :: INTEGER first person
// param: to_ix :: INTEGER the person after the last
// output: tallies :: LIST OF ANY [ix, sponsor heads, binary heads, sponsor_seq, binary_seq, period in slot 0, its own_pv, own_cv,
//   customer_pv, customer_cv, sponsor_pv, sponsor_cv, binary_pv, binary_cv, then the same nine of slot 1]
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
UNWIND range($from_ix, $to_ix - 1) AS ix
MATCH (t:Tally {ix: ix, calendar: 'monthly'})
RETURN collect([
  t.ix, t.sponsor_count, t.binary_count, t.sponsor_seq, t.binary_seq,
  coalesce(t.period_0, -1), coalesce(t.own_pv_0, 0), coalesce(t.own_cv_0, 0), coalesce(t.customer_pv_0, 0), coalesce(t.customer_cv_0, 0),
  coalesce(t.sponsor_pv_0, 0), coalesce(t.sponsor_cv_0, 0), coalesce(t.binary_pv_0, 0), coalesce(t.binary_cv_0, 0),
  coalesce(t.period_1, -1), coalesce(t.own_pv_1, 0), coalesce(t.own_cv_1, 0), coalesce(t.customer_pv_1, 0), coalesce(t.customer_cv_1, 0),
  coalesce(t.sponsor_pv_1, 0), coalesce(t.sponsor_cv_1, 0), coalesce(t.binary_pv_1, 0), coalesce(t.binary_cv_1, 0)
]) AS tallies
