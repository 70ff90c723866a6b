// name: volumes_of
// mode: READ
// description: inclusive subtree volumes of some people in a period as stored; who has none is left out
// param: ixs :: LIST OF INTEGER
// param: calendar :: STRING
// param: period :: INTEGER
// param: tag_key :: STRING the slot's period, period_0 or period_1
// param: pv_key :: STRING e.g. binary_pv_0
// param: cv_key :: STRING e.g. binary_cv_0
// param: slot :: STRING '0' or '1'
// output: volumes :: LIST OF ANY [ix, pv, cv] in minor units
// cost: O(ixs); budget_ms: 100
UNWIND $ixs AS ix
MATCH (t:Tally {ix: ix, calendar: $calendar})
WHERE t[$tag_key] = $period
RETURN collect([t.ix, coalesce(t[$pv_key], t['own_pv_' + $slot] + t['customer_pv_' + $slot]),
                coalesce(t[$cv_key], t['own_cv_' + $slot] + t['customer_cv_' + $slot])]) AS volumes
