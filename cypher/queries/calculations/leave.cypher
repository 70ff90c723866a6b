// name: leave
// mode: WRITE
// description: A worker leaves a calculation: it failed, or is tried again from an instant on; no row when it is theirs no more.
// param: id :: STRING
// param: holder :: STRING
// param: attempt :: INTEGER
// param: counted :: INTEGER how many attempts it has had so far: one that was only interrupted does not count
// param: state :: STRING failed or queued
// param: failure :: STRING in words; null when nothing went wrong
// param: again_from :: INTEGER epoch milliseconds, 0 for at once
// param: at :: INTEGER epoch milliseconds
// output: id :: STRING
// cost: O(1)
// budget_ms: 50
MATCH (locked:Calculation {id: $id})
SET locked.locks = coalesce(locked.locks, 0) + 1
WITH count(*) AS taken
MATCH (c:Calculation {id: $id})
WHERE c.state = 'calculating' AND c.holder = $holder AND c.attempt = $attempt
SET c.state = $state, c.attempt = $counted, c.failure = coalesce($failure, c.failure), c.holder = null,
    c.lease_until = $again_from, c.ended_at = CASE WHEN $state = 'failed' THEN $at END
RETURN c.id AS id
