// name: begin_group
// mode: WRITE
// description: a group of consumers goes on after an event, for the first time or anew
// param: group :: STRING
// param: seq :: INTEGER the event after which it goes on
// output: seq :: INTEGER
// cost: O(1); budget_ms: 100
MERGE (c:Cursor {name: 'events/' + $group})
SET c.seq = $seq
RETURN c.seq AS seq
