// name: group
// mode: READ
// description: how far a group of consumers is
// param: group :: STRING
// output: seq :: INTEGER the event up to which it has done all
// cost: O(1); budget_ms: 100
MATCH (c:Cursor {name: 'events/' + $group})
RETURN c.seq AS seq
