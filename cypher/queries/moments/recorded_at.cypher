// name: recorded_at
// mode: READ
// description: when a fact was recorded; no row when there is no such fact
// param: seq :: INTEGER the fact
// output: recorded_at :: INTEGER epoch ms
// cost: O(1); budget_ms: 20
MATCH (fact:Fact {seq: $seq})
RETURN fact.recorded_at AS recorded_at
