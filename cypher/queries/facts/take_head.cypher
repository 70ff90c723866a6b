// name: take_head
// mode: WRITE
// description: Takes the lock that makes one writer at a time, held until the transaction ends, and tells where the chain of facts ends.
// output: seq :: INTEGER number of the last fact, 0 before the first
// output: hash :: STRING hash of the last fact
// output: people :: INTEGER distributors so far, which is the next ix
// output: recorded_at :: INTEGER epoch milliseconds of the last fact, 0 before the first
// cost: O(1)
// budget_ms: 100
MATCH (h:Head {name: 'head'})
SET h.seq = h.seq
RETURN h.seq AS seq, h.hash AS hash, h.people AS people, coalesce(h.recorded_at.epochMillis, 0) AS recorded_at
