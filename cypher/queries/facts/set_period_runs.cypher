// name: set_period_runs
// mode: WRITE
// description: Says which run is the pay of a period, or which one was voided and has no successor yet.
// param: rows :: LIST OF MAP {calendar, number, run, voided}; null for none
// output: set :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (p:Period {calendar: row.calendar, number: row.number})
SET p.run = row.run, p.voided_run = row.voided
RETURN count(p) AS set
