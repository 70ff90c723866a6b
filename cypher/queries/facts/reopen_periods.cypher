// name: reopen_periods
// mode: WRITE
// description: Opens closed periods again. Each keeps the facts that opened and closed it so far, in turns, and takes
//   what comes until it is closed.
// param: rows :: LIST OF MAP {calendar, number, seq}
// output: reopened :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (p:Period {calendar: row.calendar, number: row.number})
SET p.state = 'open', p.turns = coalesce(p.turns, [p.opened_seq]) + [p.closed_seq, row.seq], p.closed_seq = null,
    p.grace_ends_at = null
RETURN count(p) AS reopened
