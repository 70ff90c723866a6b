// name: add_counts
// mode: WRITE
// description: changes subtree heads and structural versions, in key order
// param: ixs :: LIST OF INTEGER ascending
// param: heads :: LIST OF INTEGER to add
// param: seqs :: LIST OF INTEGER the last fact that changed the subtree
// param: count_key :: STRING sponsor_count or binary_count
// param: seq_key :: STRING sponsor_seq or binary_seq
// output: changed :: INTEGER
// cost: O(ixs); budget_ms: 2000 because one call changes up to 10,000
UNWIND range(0, size($ixs) - 1) AS row
MATCH (t:Tally {ix: $ixs[row], calendar: 'monthly'})
SET t[$count_key] = t[$count_key] + $heads[row], t[$seq_key] = $seqs[row]
RETURN count(t) AS changed
