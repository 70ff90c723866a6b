// name: close_periods
// mode: WRITE
// description: Closes periods at the sequence number of their closing fact.
// param: rows :: LIST OF MAP {calendar, number, seq}
// output: closed :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (p:Period {calendar: row.calendar, number: row.number})
SET p.state = 'closed', p.closed_seq = row.seq
RETURN count(p) AS closed
