// name: claim
// mode: WRITE
// description: begins a reign over live ranks, or goes on with the holder's own; no row while somebody else reigns
// param: holder :: STRING
// param: now :: INTEGER epoch milliseconds
// param: lease_until :: INTEGER epoch milliseconds; not after now to give it back
// output: epoch :: INTEGER the reign, another one with each holder
// cost: O(1)
// budget_ms: 100
// note: what a MATCH finds may be read before its SET waits for the lock, so it is found anew: see facts/take_head
MERGE (locked:Cursor {name: 'live'})
SET locked.locks = coalesce(locked.locks, 0) + 1
WITH count(*) AS taken
MATCH (c:Cursor {name: 'live'})
WHERE c.holder IS NULL OR c.holder = $holder OR c.lease_until <= $now
SET c.epoch = coalesce(c.epoch, 0) + CASE WHEN c.holder = $holder THEN 0 ELSE 1 END
SET c.holder = $holder, c.lease_until = $lease_until
RETURN c.epoch AS epoch
