// name: set_statuses
// mode: WRITE
// description: People are terminated or reinstated. What they were before, their facts say.
// param: rows :: LIST OF MAP {ix, status, at: epoch ms, terminated_at: epoch ms or null, consequence or null}
// output: changed :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (d:Distributor {ix: row.ix})
USING INDEX SEEK d:Distributor(ix)
SET d.status = row.status, d.status_at = row.at, d.terminated_at = row.terminated_at, d.consequence = row.consequence
RETURN count(d) AS changed
