// name: open_periods
// mode: WRITE
// description: Opens periods for orders. No other node is touched: a tally slot with an older tag reads as zero.
// param: rows :: LIST OF MAP {calendar, number, name, zone, starts_at, ends_at, grace_ends_at: epoch ms, null for none, seq,
//   and commission_date: null for the date on which orders are placed}
// output: opened :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
CREATE (p:Period {calendar: row.calendar, number: row.number, name: row.name, zone: row.zone, state: 'open', opened_seq: row.seq,
                  starts_at: row.starts_at, ends_at: row.ends_at, grace_ends_at: row.grace_ends_at, commission_date: row.commission_date})
RETURN count(p) AS opened
