// name: lease
// mode: READ
// description: who keeps live ranks and until when; no row before anybody did
// output: holder :: STRING
// output: epoch :: INTEGER
// output: lease_until :: INTEGER epoch milliseconds
// cost: O(1); budget_ms: 20
MATCH (c:Cursor {name: 'live'})
RETURN c.holder AS holder, c.epoch AS epoch, c.lease_until AS lease_until
