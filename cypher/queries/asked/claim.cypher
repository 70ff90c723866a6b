// name: claim
// mode: WRITE
// description: Takes, keeps or gives back the turn of whoever answers what is asked for over Bolt; no row while it is another's.
// param: holder :: STRING whose it is to be
// param: now :: INTEGER epoch milliseconds
// param: lease_until :: INTEGER epoch milliseconds; now, to give it back
// output: holder :: STRING as given
// cost: O(1)
// budget_ms: 50
// note: what a MATCH finds may be read before its SET waits for the lock, so it is found anew: see facts/take_head
MERGE (locked:Cursor {name: 'answers'})
SET locked.locks = coalesce(locked.locks, 0) + 1
WITH count(*) AS taken
MATCH (c:Cursor {name: 'answers'})
WHERE coalesce(c.holder, $holder) = $holder OR c.lease_until <= $now
SET c.holder = $holder, c.lease_until = $lease_until
RETURN c.holder AS holder
