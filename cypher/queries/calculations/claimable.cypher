// name: claimable
// mode: READ
// description: Calculations that nobody works on and somebody may, the one that was queued first before all others.
// param: now :: INTEGER epoch milliseconds
// output: id :: STRING
// cost: O(what waits), which a limit bounds
// budget_ms: 50
MATCH (c:Calculation)
USING INDEX SEEK c:Calculation(state)
WHERE c.state IN ['queued', 'calculating'] AND c.lease_until <= $now
RETURN c.id AS id
ORDER BY c.queued_seq
