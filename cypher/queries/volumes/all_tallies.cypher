// name: all_tallies
// mode: READ
// description: the stored tallies of a range of people, for a recomputation
// param: from_ix :: INTEGER first person
// param: to_ix :: INTEGER the person after the last
// output: tallies :: LIST OF ANY [ix, sponsor heads, binary heads, sponsor_seq, binary_seq, period in slot 0, its own_pv, own_cv,
//   customer_pv, customer_cv, sponsor_pv, sponsor_cv, binary_pv, binary_cv, then the same nine of slot 1]
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
MATCH (t:Tally)
WHERE t.ix >= $from_ix AND t.ix < $to_ix AND t.calendar = 'monthly'
WITH properties(t) AS p // one walk along the properties instead of one each
RETURN collect([
  p.ix, p.sponsor_count, p.binary_count, p.sponsor_seq, p.binary_seq,
  coalesce(p.period_0, -1), coalesce(p.own_pv_0, 0), coalesce(p.own_cv_0, 0), coalesce(p.customer_pv_0, 0), coalesce(p.customer_cv_0, 0),
  coalesce(p.sponsor_pv_0, 0), coalesce(p.sponsor_cv_0, 0), coalesce(p.binary_pv_0, 0), coalesce(p.binary_cv_0, 0),
  coalesce(p.period_1, -1), coalesce(p.own_pv_1, 0), coalesce(p.own_cv_1, 0), coalesce(p.customer_pv_1, 0), coalesce(p.customer_cv_1, 0),
  coalesce(p.sponsor_pv_1, 0), coalesce(p.sponsor_cv_1, 0), coalesce(p.binary_pv_1, 0), coalesce(p.binary_cv_1, 0)
]) AS tallies
