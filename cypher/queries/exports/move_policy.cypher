// name: move_policy
// mode: READ
// description: What the company allowed of moves as known at a fact; no row without any policy.
// param: seq :: INTEGER
// output: body :: STRING the command as canonical JSON
// cost: O(1); budget_ms: 50
MATCH (f:SetMovePolicy) WHERE f.seq <= $seq
RETURN f.body AS body ORDER BY f.seq DESC LIMIT 1
