// name: ping
// mode: READ
// description: whether the graph answers, and where its facts stand
// output: seq :: INTEGER sequence number of the last fact; null before the first migration
// cost: O(1); budget_ms: 20
OPTIONAL MATCH (head:Head {name: 'head'})
RETURN head.seq AS seq
