// name: move_policy
// mode: READ
// description: What the company allows of moves: the newest policy; no row without any.
// output: body :: STRING the command as canonical JSON
// output: seq :: INTEGER the fact that set it
// cost: O(1)
// budget_ms: 50
MATCH (f:SetMovePolicy) WHERE f.seq > 0 // the index is on it
RETURN f.body AS body, f.seq AS seq ORDER BY f.seq DESC LIMIT 1
