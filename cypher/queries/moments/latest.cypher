// name: latest
// mode: READ
// description: the last fact there is, and when it was recorded; 0 and 0 before the first
// output: seq :: INTEGER
// output: recorded_at :: INTEGER epoch ms
// cost: O(1); budget_ms: 20
MATCH (head:Head {name: 'head'})
RETURN head.seq AS seq, coalesce(head.recorded_at, 0) AS recorded_at
