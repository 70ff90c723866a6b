// name: tally
// mode: READ
// description: the live figures of a person as rolled up: heads and inclusive volumes in each tree, own and customers'
//   volumes; no row when the person does not exist, zeros when the roll-up has not reached them
// param: id :: STRING the person
// param: period :: INTEGER whose volumes, e.g. 202603
// param: calendar :: STRING = 'monthly' the calendar of that period
// param: levels :: INTEGER = 0 how many levels below the person the volumes within some levels reach, 0 to 20
// output: sponsor_heads :: INTEGER people in the sponsor subtree, the person among them
// output: binary_heads :: INTEGER people in the binary subtree, the person among them
// output: matrix_heads :: INTEGER people below in the matrix, the person among them
// output: own_pv :: INTEGER all PV and CV are in minor units
// output: own_cv :: INTEGER
// output: customer_pv :: INTEGER of the person's own customers
// output: customer_cv :: INTEGER
// output: sponsor_pv :: INTEGER of the whole sponsor subtree, the person's own and customers' among them
// output: sponsor_cv :: INTEGER
// output: binary_pv :: INTEGER of the whole binary subtree
// output: binary_cv :: INTEGER
// output: matrix_pv :: INTEGER of everybody below in the matrix
// output: matrix_cv :: INTEGER
// output: sponsor_within_pv :: INTEGER of the person and everybody to that level below in the sponsor tree, their customers' among
//   them; null when volumes are kept to fewer levels
// output: sponsor_within_cv :: INTEGER the same in CV
// output: binary_within_pv :: INTEGER the same in the binary tree
// output: binary_within_cv :: INTEGER the same in CV
// output: matrix_within_pv :: INTEGER the same in the matrix
// output: matrix_within_cv :: INTEGER the same in CV
// output: sponsor_levels :: INTEGER to how many levels below each person volumes are kept in the sponsor tree
// output: binary_levels :: INTEGER the same in the binary tree
// output: matrix_levels :: INTEGER the same in the matrix; null when the company keeps none
// output: as_of_seq :: INTEGER the last fact that is in the figures
// cost: O(1); budget_ms: 100
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS as_of_seq, cursor.sponsor_levels AS sponsor_levels, cursor.binary_levels AS binary_levels,
     cursor.matrix_levels AS matrix_levels
MATCH (person:Distributor {id: $id})
OPTIONAL MATCH (monthly:Tally {ix: person.ix, calendar: 'monthly'})
OPTIONAL MATCH (other:Tally {ix: person.ix, calendar: nullIf($calendar, 'monthly')})
WITH monthly, as_of_seq, sponsor_levels, binary_levels, matrix_levels,
     CASE $calendar WHEN 'monthly' THEN monthly ELSE other END AS t
WITH monthly, as_of_seq, sponsor_levels, binary_levels, matrix_levels,
     CASE WHEN $period % 2 = 0 AND t.period_0 = $period
            THEN [t.own_pv_0, t.own_cv_0, t.customer_pv_0, t.customer_cv_0, t.sponsor_pv_0, t.sponsor_cv_0, t.binary_pv_0, t.binary_cv_0,
                  coalesce(t.matrix_pv_0, t.own_pv_0 + t.customer_pv_0), coalesce(t.matrix_cv_0, t.own_cv_0 + t.customer_cv_0)]
          WHEN $period % 2 = 1 AND t.period_1 = $period
            THEN [t.own_pv_1, t.own_cv_1, t.customer_pv_1, t.customer_cv_1, t.sponsor_pv_1, t.sponsor_cv_1, t.binary_pv_1, t.binary_cv_1,
                  coalesce(t.matrix_pv_1, t.own_pv_1 + t.customer_pv_1), coalesce(t.matrix_cv_1, t.own_cv_1 + t.customer_cv_1)]
          ELSE [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] END AS volumes,
     CASE WHEN $period % 2 = 0 AND t.period_0 = $period THEN t.sponsor_levels_0
          WHEN $period % 2 = 1 AND t.period_1 = $period THEN t.sponsor_levels_1 END AS sponsor_below,
     CASE WHEN $period % 2 = 0 AND t.period_0 = $period THEN t.binary_levels_0
          WHEN $period % 2 = 1 AND t.period_1 = $period THEN t.binary_levels_1 END AS binary_below,
     CASE WHEN $period % 2 = 0 AND t.period_0 = $period THEN t.matrix_levels_0
          WHEN $period % 2 = 1 AND t.period_1 = $period THEN t.matrix_levels_1 END AS matrix_below,
     [level IN range(0, $levels - 1) | 2 * level] AS places, // of PV; CV stands behind it
     $levels >= 0 AND $levels <= sponsor_levels AS sponsor_kept, $levels >= 0 AND $levels <= binary_levels AS binary_kept,
     $levels >= 0 AND $levels <= matrix_levels AS matrix_kept
RETURN coalesce(monthly.sponsor_count, 0) AS sponsor_heads, coalesce(monthly.binary_count, 0) AS binary_heads,
       CASE WHEN monthly IS NULL THEN 0 ELSE coalesce(monthly.matrix_count, 1) END AS matrix_heads,
       volumes[0] AS own_pv, volumes[1] AS own_cv, volumes[2] AS customer_pv, volumes[3] AS customer_cv,
       volumes[4] AS sponsor_pv, volumes[5] AS sponsor_cv, volumes[6] AS binary_pv, volumes[7] AS binary_cv,
       volumes[8] AS matrix_pv, volumes[9] AS matrix_cv,
       CASE WHEN sponsor_kept THEN reduce(pv = volumes[0] + volumes[2], at IN places | pv + coalesce(sponsor_below[at], 0)) END
         AS sponsor_within_pv,
       CASE WHEN sponsor_kept THEN reduce(cv = volumes[1] + volumes[3], at IN places | cv + coalesce(sponsor_below[at + 1], 0)) END
         AS sponsor_within_cv,
       CASE WHEN binary_kept THEN reduce(pv = volumes[0] + volumes[2], at IN places | pv + coalesce(binary_below[at], 0)) END
         AS binary_within_pv,
       CASE WHEN binary_kept THEN reduce(cv = volumes[1] + volumes[3], at IN places | cv + coalesce(binary_below[at + 1], 0)) END
         AS binary_within_cv,
       CASE WHEN matrix_kept THEN reduce(pv = volumes[0] + volumes[2], at IN places | pv + coalesce(matrix_below[at], 0)) END
         AS matrix_within_pv,
       CASE WHEN matrix_kept THEN reduce(cv = volumes[1] + volumes[3], at IN places | cv + coalesce(matrix_below[at + 1], 0)) END
         AS matrix_within_cv,
       sponsor_levels, binary_levels, matrix_levels, as_of_seq
