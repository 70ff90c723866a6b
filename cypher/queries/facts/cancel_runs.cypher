// name: cancel_runs
// mode: WRITE
// description: Calculations that are not wanted any more; whoever works on one finds its lease gone.
// param: rows :: LIST OF MAP {id, seq, at: epoch milliseconds}
// output: cancelled :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (c:Calculation {id: row.id})
USING INDEX SEEK c:Calculation(id)
SET c.state = 'cancelled', c.cancelled_seq = row.seq, c.ended_at = row.at, c.lease_until = 0, c.holder = null
RETURN count(c) AS cancelled
