// name: legs_matrix
// mode: READ
// description: the legs of a person in the matrix: one for each slot, heads and volumes as rolled up, an empty leg left
//   out; no row when the person does not exist
// param: id :: STRING the person
// param: period :: INTEGER whose volumes, e.g. 202603
// param: calendar :: STRING = 'monthly' the calendar of that period
// output: ixs :: LIST OF INTEGER inner number of the person at the head of each leg
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: slots :: LIST OF INTEGER 1 to the width of the matrix, from the left
// output: heads :: LIST OF INTEGER people in the leg, its head among them
// output: pvs :: LIST OF INTEGER PV of the leg in the period, in minor units
// output: cvs :: LIST OF INTEGER CV of the leg in the period, in minor units
// output: as_of_seq :: INTEGER the last fact that is in the figures
// cost: O(1); budget_ms: 100
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS as_of_seq
MATCH (root:Distributor {id: $id})
CALL (root) {
  MATCH (root)<-[place:SEATED_UNDER]-(leg)
  WITH leg, place.slot AS side ORDER BY side
  OPTIONAL MATCH (monthly:Tally {ix: leg.ix, calendar: 'monthly'})
  OPTIONAL MATCH (other:Tally {ix: leg.ix, calendar: nullIf($calendar, 'monthly')})
  WITH leg, side, monthly, CASE $calendar WHEN 'monthly' THEN monthly ELSE other END AS t, $period % 2 AS slot
  WITH leg, side, CASE WHEN monthly IS NULL THEN 0 ELSE coalesce(monthly.matrix_count, 1) END AS heads,
       CASE WHEN slot = 0 AND t.period_0 = $period THEN coalesce(t.matrix_pv_0, t.own_pv_0 + t.customer_pv_0)
            WHEN slot = 1 AND t.period_1 = $period THEN coalesce(t.matrix_pv_1, t.own_pv_1 + t.customer_pv_1) ELSE 0 END AS pv,
       CASE WHEN slot = 0 AND t.period_0 = $period THEN coalesce(t.matrix_cv_0, t.own_cv_0 + t.customer_cv_0)
            WHEN slot = 1 AND t.period_1 = $period THEN coalesce(t.matrix_cv_1, t.own_cv_1 + t.customer_cv_1) ELSE 0 END AS cv
  RETURN collect(leg.ix) AS ixs, collect(leg.id) AS ids, collect(leg.name) AS names, collect(leg.status) AS statuses,
         collect(side) AS slots, collect(heads) AS heads, collect(pv) AS pvs, collect(cv) AS cvs
}
RETURN ixs, ids, names, statuses, slots, heads, pvs, cvs, as_of_seq
