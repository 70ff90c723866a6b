// name: levels_of
// mode: READ
// description: the volumes of some people by level in a period as stored: their own and their customers', and those of each
//   level below; who has none is left out
// param: ixs :: LIST OF INTEGER
// param: calendar :: STRING
// param: period :: INTEGER
// param: slot :: STRING the tally slot of that period: '0' when its number is even, else '1'
// param: levels_key :: STRING e.g. sponsor_levels_0
// output: levels :: LIST OF ANY [ix, own and customers' PV, the same in CV, PV and CV of level 1, of level 2, ... or null]
// cost: O(ixs); budget_ms: 100
UNWIND $ixs AS ix
MATCH (t:Tally {ix: ix, calendar: $calendar})
WHERE t['period_' + $slot] = $period
RETURN collect([t.ix, t['own_pv_' + $slot] + t['customer_pv_' + $slot], t['own_cv_' + $slot] + t['customer_cv_' + $slot],
                t[$levels_key]]) AS levels
