// name: queue_runs
// mode: WRITE
// description: Drafts may be calculated from now on.
// param: rows :: LIST OF MAP {id, seq}
// output: queued :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (c:Calculation {id: row.id})
USING INDEX SEEK c:Calculation(id)
SET c.state = 'queued', c.queued_seq = row.seq
RETURN count(c) AS queued
