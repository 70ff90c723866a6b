// name: add_levels
// mode: WRITE
// description: adds volumes by level to one slot, in key order; the slot holds the period already
// param: ixs :: LIST OF INTEGER ascending
// param: volumes :: LIST OF ANY for each PV and CV to add on level 1, on level 2, ..., in minor units
// param: calendar :: STRING
// param: period :: INTEGER
// param: tag_key :: STRING the slot's period, period_0 or period_1
// param: levels_key :: STRING e.g. sponsor_levels_0
// output: changed :: INTEGER
// cost: O(ixs), each a list of at most 40 numbers; budget_ms: 2000 because one call changes up to 10,000
UNWIND range(0, size($ixs) - 1) AS row
MATCH (t:Tally {ix: $ixs[row], calendar: $calendar})
WHERE t[$tag_key] = $period
WITH t, t[$levels_key] AS before, $volumes[row] AS more
SET t[$levels_key] = [i IN range(0, size(more) - 1) | coalesce(before[i], 0) + more[i]]
RETURN count(t) AS changed
