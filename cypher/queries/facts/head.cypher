// name: head
// mode: READ
// description: Where the chain of facts ends, without locking it.
// output: seq :: INTEGER number of the last fact
// output: hash :: STRING hash of the last fact
// output: people :: INTEGER distributors so far
// output: recorded_at :: INTEGER epoch milliseconds of the last fact, 0 before the first
// cost: O(1)
// budget_ms: 100
MATCH (h:Head {name: 'head'})
RETURN h.seq AS seq, h.hash AS hash, h.people AS people, coalesce(h.recorded_at, 0) AS recorded_at
