// name: set_grace_days
// mode: WRITE
// description: From then on open periods take nothing more that comes late.
// param: rows :: LIST OF MAP {calendar, number, grace_ends_at: epoch ms}
// output: changed :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (p:Period {calendar: row.calendar, number: row.number})
SET p.grace_ends_at = row.grace_ends_at
RETURN count(p) AS changed
