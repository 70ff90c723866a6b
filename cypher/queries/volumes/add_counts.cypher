// name: add_counts
// mode: WRITE
// description: changes subtree heads and structural versions, in key order
// param: ixs :: LIST OF INTEGER ascending
// param: heads :: LIST OF INTEGER to add
// param: seqs :: LIST OF INTEGER the last fact that changed the subtree
// param: count_key :: STRING e.g. sponsor_count; one that is not there is 1
// param: seq_key :: STRING e.g. sponsor_seq
// output: changed :: INTEGER
// cost: O(ixs); budget_ms: 2000 because one call changes up to 10,000
UNWIND range(0, size($ixs) - 1) AS row
MATCH (t:Tally {ix: $ixs[row], calendar: 'monthly'})
SET t[$count_key] = coalesce(t[$count_key], 1) + $heads[row], t[$seq_key] = $seqs[row]
RETURN count(t) AS changed
