// name: legs_sponsor
// mode: READ
// description: the legs of a person in the sponsor tree: each frontline person with everyone below, heads and volumes as
//   rolled up; no row when the person does not exist
// param: id :: STRING the person
// param: period :: INTEGER whose volumes, e.g. 202603
// param: calendar :: STRING = 'monthly' the calendar of that period
// output: ixs :: LIST OF INTEGER inner number of the person at the head of each leg
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: slots :: LIST OF INTEGER 0: the sponsor tree has no slots
// output: heads :: LIST OF INTEGER people in the leg, its head among them
// output: pvs :: LIST OF INTEGER PV of the leg in the period, in minor units
// output: cvs :: LIST OF INTEGER CV of the leg in the period, in minor units
// output: as_of_seq :: INTEGER the last fact that is in the figures
// cost: O(frontline); budget_ms: 100
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS as_of_seq
MATCH (root:Distributor {id: $id})
CALL (root) {
  MATCH (root)<-[:SPONSORED_BY]-(leg)
  WITH leg ORDER BY leg.ix
  OPTIONAL MATCH (monthly:Tally {ix: leg.ix, calendar: 'monthly'})
  OPTIONAL MATCH (other:Tally {ix: leg.ix, calendar: nullIf($calendar, 'monthly')})
  WITH leg, monthly, CASE $calendar WHEN 'monthly' THEN monthly ELSE other END AS t, $period % 2 AS slot
  WITH leg, coalesce(monthly.sponsor_count, 0) AS heads,
       CASE WHEN slot = 0 AND t.period_0 = $period THEN t.sponsor_pv_0
            WHEN slot = 1 AND t.period_1 = $period THEN t.sponsor_pv_1 ELSE 0 END AS pv,
       CASE WHEN slot = 0 AND t.period_0 = $period THEN t.sponsor_cv_0
            WHEN slot = 1 AND t.period_1 = $period THEN t.sponsor_cv_1 ELSE 0 END AS cv
  RETURN collect(leg.ix) AS ixs, collect(leg.id) AS ids, collect(leg.name) AS names, collect(leg.status) AS statuses,
         collect(0) AS slots, collect(heads) AS heads, collect(pv) AS pvs, collect(cv) AS cvs
}
RETURN ixs, ids, names, statuses, slots, heads, pvs, cvs, as_of_seq
