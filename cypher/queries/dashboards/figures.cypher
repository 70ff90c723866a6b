// name: figures
// mode: READ
// description: what a dashboard tells of a person as rolled up: who they are, volumes of a period, heads, the heaviest legs of the
//   sponsor tree, and both legs of the binary tree; no row when the person does not exist
// param: id :: STRING the person
// param: period :: INTEGER whose volumes, e.g. 202603
// param: slot :: STRING the tally slot of that period: '0' when its number is even, else '1'
// param: calendar :: STRING the calendar of that period
// param: most :: INTEGER how many legs of the sponsor tree are told
// output: ix :: INTEGER the person's inner number
// output: name :: STRING
// output: status :: STRING active, suspended or terminated
// output: title :: STRING
// output: enrolled_at :: INTEGER epoch ms
// output: own :: LIST OF INTEGER PV and CV in minor units, like all volumes
// output: customers :: LIST OF INTEGER the same of the person's own customers
// output: sponsor :: LIST OF INTEGER heads, PV and CV of the whole sponsor subtree, the person among them
// output: binary :: LIST OF INTEGER the same in the binary tree
// output: matrix :: LIST OF INTEGER the same in the matrix; null when the company keeps none
// output: leg_count :: INTEGER how many legs there are in the sponsor tree
// output: legs :: LIST OF ANY [ix, id, name, status, slot, heads, PV, CV] of the heaviest by PV, then by heads
// output: sides :: LIST OF ANY the same of the legs of the binary tree, from the left, an empty one left out
// output: as_of_seq :: INTEGER the last fact that is in the figures
// cost: O(frontline), a look at the tally of each; budget_ms: 100
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS as_of_seq, cursor.matrix_levels IS NOT NULL AS keeps_matrix
MATCH (person:Distributor {id: $id})
OPTIONAL MATCH (monthly:Tally {ix: person.ix, calendar: 'monthly'})
OPTIONAL MATCH (other:Tally {ix: person.ix, calendar: nullIf($calendar, 'monthly')})
WITH as_of_seq, keeps_matrix, person, monthly, CASE $calendar WHEN 'monthly' THEN monthly ELSE other END AS t
WITH as_of_seq, keeps_matrix, person, monthly, CASE WHEN t['period_' + $slot] = $period THEN t END AS t
CALL (person) {
  MATCH (person)<-[:SPONSORED_BY]-(leg)
  OPTIONAL MATCH (monthly:Tally {ix: leg.ix, calendar: 'monthly'})
  OPTIONAL MATCH (other:Tally {ix: leg.ix, calendar: nullIf($calendar, 'monthly')})
  WITH leg, coalesce(monthly.sponsor_count, 0) AS heads, CASE $calendar WHEN 'monthly' THEN monthly ELSE other END AS t
  WITH leg, heads, CASE WHEN t['period_' + $slot] = $period THEN t END AS t
  WITH leg, heads, coalesce(t['sponsor_pv_' + $slot], 0) AS pv, coalesce(t['sponsor_cv_' + $slot], 0) AS cv
  ORDER BY pv DESC, heads DESC, leg.ix LIMIT $most
  RETURN collect([leg.ix, leg.id, leg.name, leg.status, 0, heads, pv, cv]) AS legs
}
CALL (person) {
  MATCH (person)<-[place:PLACED_UNDER]-(leg)
  OPTIONAL MATCH (monthly:Tally {ix: leg.ix, calendar: 'monthly'})
  OPTIONAL MATCH (other:Tally {ix: leg.ix, calendar: nullIf($calendar, 'monthly')})
  WITH leg, place.slot AS side, coalesce(monthly.binary_count, 0) AS heads, CASE $calendar WHEN 'monthly' THEN monthly ELSE other END AS t
  WITH leg, side, heads, CASE WHEN t['period_' + $slot] = $period THEN t END AS t
  WITH leg, side, heads, coalesce(t['binary_pv_' + $slot], 0) AS pv, coalesce(t['binary_cv_' + $slot], 0) AS cv ORDER BY side
  RETURN collect([leg.ix, leg.id, leg.name, leg.status, side, heads, pv, cv]) AS sides
}
WITH *, [coalesce(t['own_pv_' + $slot], 0), coalesce(t['own_cv_' + $slot], 0)] AS own,
     [coalesce(t['customer_pv_' + $slot], 0), coalesce(t['customer_cv_' + $slot], 0)] AS customers
RETURN person.ix AS ix, person.name AS name, person.status AS status, person.title AS title, person.enrolled_at AS enrolled_at,
       own, customers,
       [coalesce(monthly.sponsor_count, 0), coalesce(t['sponsor_pv_' + $slot], 0), coalesce(t['sponsor_cv_' + $slot], 0)] AS sponsor,
       [coalesce(monthly.binary_count, 0), coalesce(t['binary_pv_' + $slot], 0), coalesce(t['binary_cv_' + $slot], 0)] AS binary,
       CASE WHEN keeps_matrix THEN [
         CASE WHEN monthly IS NULL THEN 0 ELSE coalesce(monthly.matrix_count, 1) END,
         coalesce(t['matrix_pv_' + $slot], own[0] + customers[0]), coalesce(t['matrix_cv_' + $slot], own[1] + customers[1])
       ] END AS matrix,
       COUNT { (person)<-[:SPONSORED_BY]-() } AS leg_count, legs, sides, as_of_seq
