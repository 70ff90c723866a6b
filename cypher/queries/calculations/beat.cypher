// name: beat
// mode: WRITE
// description: Whoever works on a calculation says that they do, and how far it is; no row when it is theirs no more.
// param: id :: STRING
// param: holder :: STRING
// param: attempt :: INTEGER
// param: lease_until :: INTEGER epoch milliseconds
// param: stage :: STRING
// param: done :: INTEGER
// param: of :: INTEGER
// output: id :: STRING
// cost: O(1)
// budget_ms: 50
MATCH (locked:Calculation {id: $id})
SET locked.locks = coalesce(locked.locks, 0) + 1
WITH count(*) AS taken
MATCH (c:Calculation {id: $id})
WHERE c.state = 'calculating' AND c.holder = $holder AND c.attempt = $attempt
SET c.lease_until = $lease_until, c.stage = $stage, c.done = $done, c.of = $of
RETURN c.id AS id
