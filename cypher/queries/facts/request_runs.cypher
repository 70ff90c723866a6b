// name: request_runs
// mode: WRITE
// description: Stores what is to be calculated.
// param: rows :: LIST OF MAP {calculation: all properties}
// output: requested :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
CREATE (c:Calculation)
SET c = row.calculation
RETURN count(c) AS requested
