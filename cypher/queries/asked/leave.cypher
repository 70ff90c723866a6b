// name: leave
// mode: WRITE
// description: A command that was asked for could not be decided this time, and is tried again from an instant on.
// param: key :: STRING
// param: again_from :: INTEGER epoch milliseconds
// output: tries :: INTEGER how often it was tried in vain
// cost: O(1)
// budget_ms: 50
MATCH (a:Asked {key: $key})
WHERE a.waiting > 0
SET a.tries = a.tries + 1, a.again_from = $again_from
RETURN a.tries AS tries
