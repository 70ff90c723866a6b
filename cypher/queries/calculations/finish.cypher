// name: finish
// mode: WRITE
// description: A calculation is done, in the transaction that makes its run visible; no row when it is the worker's no more.
// param: id :: STRING
// param: holder :: STRING
// param: attempt :: INTEGER
// param: run :: STRING
// param: at :: INTEGER epoch milliseconds
// output: id :: STRING
// cost: O(1)
// budget_ms: 50
MATCH (locked:Calculation {id: $id})
SET locked.locks = coalesce(locked.locks, 0) + 1
WITH count(*) AS taken
MATCH (c:Calculation {id: $id})
WHERE c.state = 'calculating' AND c.holder = $holder AND c.attempt = $attempt
SET c.state = 'done', c.run = $run, c.ended_at = $at, c.holder = null, c.lease_until = 0, c.failure = null, c.done = c.of
RETURN c.id AS id
