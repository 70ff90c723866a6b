// name: advance_group
// mode: WRITE
// description: a group of consumers has done all up to an event
// param: group :: STRING
// param: seq :: INTEGER the event
// output: seq :: INTEGER the event up to which it has done all
// cost: O(1); budget_ms: 100
MATCH (c:Cursor {name: 'events/' + $group})
SET c.seq = CASE WHEN c.seq < $seq THEN $seq ELSE c.seq END
RETURN c.seq AS seq
