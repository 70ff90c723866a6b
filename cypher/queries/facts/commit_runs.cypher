// name: commit_runs
// mode: WRITE
// description: Makes calculated runs the pay of their periods.
// param: rows :: LIST OF MAP {run_id, calendar, number, seq}
// output: committed :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (r:Run {id: row.run_id})
USING INDEX SEEK r:Run(id)
MATCH (p:Period {calendar: row.calendar, number: row.number})
SET r.state = 'committed', r.committed_seq = row.seq, p.run = row.run_id
RETURN count(r) AS committed
