// name: tally
// mode: READ
// description: the live figures of a person as rolled up: heads and inclusive volumes in both trees, own and customers'
//   volumes; no row when the person does not exist, zeros when the roll-up has not reached them
// param: id :: STRING the person
// param: period :: INTEGER whose volumes, e.g. 202603
// param: calendar :: STRING = 'monthly' the calendar of that period
// output: sponsor_heads :: INTEGER people in the sponsor subtree, the person among them
// output: binary_heads :: INTEGER people in the binary subtree, the person among them
// output: own_pv :: INTEGER all PV and CV are in minor units
// output: own_cv :: INTEGER
// output: customer_pv :: INTEGER of the person's own customers
// output: customer_cv :: INTEGER
// output: sponsor_pv :: INTEGER of the whole sponsor subtree, the person's own and customers' among them
// output: sponsor_cv :: INTEGER
// output: binary_pv :: INTEGER of the whole binary subtree
// output: binary_cv :: INTEGER
// output: as_of_seq :: INTEGER the last fact that is in the figures
// cost: O(1); budget_ms: 100
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS as_of_seq
MATCH (person:Distributor {id: $id})
OPTIONAL MATCH (monthly:Tally {ix: person.ix, calendar: 'monthly'})
OPTIONAL MATCH (other:Tally {ix: person.ix, calendar: nullIf($calendar, 'monthly')})
WITH monthly, CASE $calendar WHEN 'monthly' THEN monthly ELSE other END AS t, as_of_seq
WITH monthly, as_of_seq,
     CASE WHEN $period % 2 = 0 AND t.period_0 = $period
            THEN [t.own_pv_0, t.own_cv_0, t.customer_pv_0, t.customer_cv_0, t.sponsor_pv_0, t.sponsor_cv_0, t.binary_pv_0, t.binary_cv_0]
          WHEN $period % 2 = 1 AND t.period_1 = $period
            THEN [t.own_pv_1, t.own_cv_1, t.customer_pv_1, t.customer_cv_1, t.sponsor_pv_1, t.sponsor_cv_1, t.binary_pv_1, t.binary_cv_1]
          ELSE [0, 0, 0, 0, 0, 0, 0, 0] END AS volumes
RETURN coalesce(monthly.sponsor_count, 0) AS sponsor_heads, coalesce(monthly.binary_count, 0) AS binary_heads,
       volumes[0] AS own_pv, volumes[1] AS own_cv, volumes[2] AS customer_pv, volumes[3] AS customer_cv,
       volumes[4] AS sponsor_pv, volumes[5] AS sponsor_cv, volumes[6] AS binary_pv, volumes[7] AS binary_cv, as_of_seq
