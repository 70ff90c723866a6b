// name: tallies
// mode: READ
// description: Live figures of some people in one tree with everybody below them, and of which fact they are.
// param: ixs :: LIST OF INTEGER
// param: tree :: STRING sponsor, binary or matrix
// param: calendars :: LIST OF STRING whose volumes
// output: rows :: LIST OF ANY [ix, id, name, heads, volumes]; volumes are a list for each calendar in which the person has any:
//   [calendar, period of slot 0 or -1, PV, CV, period of slot 1 or -1, PV, CV]
// output: as_of_seq :: INTEGER the last fact that they count
// cost: O(ixs x calendars)
// budget_ms: 500 because a way up may have 10,000 people
MATCH (c:Cursor {name: 'rollup'})
WITH c.seq AS as_of_seq
CALL () {
  UNWIND $ixs AS ix
  MATCH (d:Distributor {ix: ix})
  OPTIONAL MATCH (monthly:Tally {ix: ix, calendar: 'monthly'}) // a newcomer who is not counted yet has none
  RETURN collect([ix, d.id, d.name, CASE WHEN monthly IS NULL THEN 0 ELSE coalesce(monthly[$tree + '_count'], 1) END, COLLECT {
    UNWIND $calendars AS calendar
    MATCH (t:Tally {ix: ix, calendar: calendar})
    RETURN [
      calendar,
      coalesce(t.period_0, -1), coalesce(t[$tree + '_pv_0'], t.own_pv_0 + t.customer_pv_0, 0), coalesce(t[$tree + '_cv_0'], t.own_cv_0 + t.customer_cv_0, 0),
      coalesce(t.period_1, -1), coalesce(t[$tree + '_pv_1'], t.own_pv_1 + t.customer_pv_1, 0), coalesce(t[$tree + '_cv_1'], t.own_cv_1 + t.customer_cv_1, 0)
    ]
  }]) AS rows
}
RETURN rows, as_of_seq
