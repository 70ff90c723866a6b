// name: set_head
// mode: WRITE
// description: Moves the end of the chain of facts. Head is locked already by take_head.
// param: seq :: INTEGER number of the last fact
// param: hash :: STRING its hash
// param: people :: INTEGER distributors so far
// param: recorded_at :: INTEGER its recorded time, epoch milliseconds
// output: seq :: INTEGER as given
// cost: O(1)
// budget_ms: 100
MATCH (h:Head {name: 'head'})
SET h.seq = $seq, h.hash = $hash, h.people = $people, h.recorded_at = $recorded_at
RETURN h.seq AS seq
