// name: take_head
// mode: WRITE
// description: Takes the lock that makes one writer at a time, held until the transaction ends, then reads where the chain of facts
//   ends. No row when the graph has no Head.
// output: seq :: INTEGER number of the last fact
// output: hash :: STRING hash of the last fact
// output: people :: INTEGER distributors so far
// output: recorded_at :: INTEGER epoch milliseconds of the last fact, 0 before the first
// cost: O(1)
// budget_ms: 100
// note: what a MATCH finds may be read before its SET waits for the lock. So it is counted, which ends all of that, and Head is
//   found anew: tests/plans sees to this order
MATCH (locked:Head {name: 'head'})
SET locked.locks = coalesce(locked.locks, 0) + 1
WITH count(*) AS taken
MATCH (h:Head {name: 'head'})
RETURN h.seq AS seq, h.hash AS hash, h.people AS people, coalesce(h.recorded_at, 0) AS recorded_at
