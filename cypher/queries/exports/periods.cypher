// name: periods
// mode: READ
// description: Every period of a calendar, oldest first, with the facts that opened and closed it, in parallel lists.
// param: calendar :: STRING
// output: numbers :: LIST OF INTEGER e.g. 202603
// output: zones :: LIST OF STRING
// output: starts_at :: LIST OF INTEGER epoch milliseconds
// output: ends_at :: LIST OF INTEGER epoch milliseconds
// output: grace_ends_at :: LIST OF INTEGER epoch milliseconds, -1 without grace days
// output: commission_dates :: LIST OF STRING the date by which an order counts in each: placed, paid or shipped
// output: turns :: LIST OF ANY the facts that opened and closed each, in turns
// output: runs :: LIST OF STRING id of the committed run, '' before
// output: committed_seqs :: LIST OF INTEGER the fact that committed it, -1 before
// cost: O(periods), a dozen a year; budget_ms: 100
MATCH (p:Period {calendar: $calendar}) WHERE p.number > 0 // the index is on both
WITH p ORDER BY p.calendar, p.number
OPTIONAL MATCH (r:Run {id: p.run})
RETURN collect(p.number) AS numbers, collect(p.zone) AS zones, collect(p.starts_at) AS starts_at,
       collect(p.ends_at) AS ends_at, collect(coalesce(p.grace_ends_at, -1)) AS grace_ends_at,
       collect(coalesce(p.commission_date, 'placed')) AS commission_dates,
       collect(coalesce(p.turns, [p.opened_seq]) + CASE WHEN p.closed_seq IS NULL THEN [] ELSE [p.closed_seq] END) AS turns,
       collect(coalesce(r.id, '')) AS runs, collect(coalesce(r.committed_seq, -1)) AS committed_seqs
