// name: answer
// mode: WRITE
// description: Says what became of a command that was asked for: its fact, or why it was refused. No row when that was said already.
// param: key :: STRING
// param: at :: INTEGER epoch milliseconds
// param: seq :: INTEGER = null the fact
// param: problem :: STRING = null what the API's type ends with
// param: detail :: STRING = null the problem in words
// param: fields :: LIST OF STRING = null where and why
// output: key :: STRING
// cost: O(1)
// budget_ms: 50
// note: as asked/claim
MATCH (locked:Asked {key: $key})
SET locked.locks = coalesce(locked.locks, 0) + 1
WITH count(*) AS taken
MATCH (a:Asked {key: $key})
WHERE a.waiting > 0
SET a.waiting = null, a.again_from = null, a.locks = null, a.answered_at = $at,
    a.seq = $seq, a.problem = $problem, a.detail = $detail, a.fields = $fields
RETURN a.key AS key
