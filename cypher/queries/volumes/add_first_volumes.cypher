// name: add_first_volumes
// mode: WRITE
// description: adds volumes to one slot of tallies that are made when they are not there, in key order; a slot that still holds an older period is emptied first
// param: ixs :: LIST OF INTEGER ascending
// param: pvs :: LIST OF INTEGER to add, in minor units
// param: cvs :: LIST OF INTEGER to add, in minor units
// param: calendar :: STRING
// param: period :: INTEGER
// param: tag_key :: STRING the slot's period, period_0 or period_1
// param: pv_key :: STRING e.g. binary_pv_0
// param: cv_key :: STRING e.g. binary_cv_0
// param: slot :: STRING '0' or '1'
// param: blank :: MAP the slot of a person without volume in the period
// output: changed :: INTEGER
// output: newer :: LIST OF ANY [ix, period] of up to ten slots that hold a later period; the caller must not commit then
// note: what was sold before the company kept a matrix is in the figures of it as the person's own
// cost: O(ixs); budget_ms: 2000 because one call changes up to 10,000
UNWIND range(0, size($ixs) - 1) AS row
MERGE (t:Tally {ix: $ixs[row], calendar: $calendar})
WITH t, row, t[$tag_key] AS tag
SET t += CASE WHEN tag = $period THEN {} ELSE $blank END
SET t[$pv_key] = coalesce(t[$pv_key], t['own_pv_' + $slot] + t['customer_pv_' + $slot]) + $pvs[row],
    t[$cv_key] = coalesce(t[$cv_key], t['own_cv_' + $slot] + t['customer_cv_' + $slot]) + $cvs[row]
RETURN count(t) AS changed, collect(CASE WHEN tag > $period THEN [t.ix, tag] END)[..10] AS newer
