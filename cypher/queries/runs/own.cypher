// name: own
// mode: READ
// description: The newest runs of a calendar that are a person's pay, and those voided ones that had paid them, newest period first.
// param: id :: STRING the person
// param: calendar :: STRING
// param: page :: INTEGER = 100 how many at most
// output: id :: STRING
// output: calendar :: STRING
// output: period :: INTEGER
// output: state :: STRING committed, partly_paid, paid or voided
// output: amount :: INTEGER what it pays the person, minor units
// output: paid_seq :: INTEGER the fact by which they were paid, or null
// output: superseded_by :: STRING or null
// cost: O(runs of the calendar)
// budget_ms: 100
MATCH (d:Distributor {id: $id})
USING INDEX SEEK d:Distributor(id)
MATCH (r:Run {calendar: $calendar})
WHERE r.period > 0 AND r.state IN ['committed', 'partly_paid', 'paid', 'voided'] // the index is on both
OPTIONAL MATCH (s:Statement {run: r.id, ix: d.ix})
USING INDEX SEEK s:Statement(run, ix)
WITH r, coalesce(s.amount, 0) AS amount, s.paid_seq AS by_name
WITH r, amount, CASE WHEN amount <> 0 THEN coalesce(by_name, r.paid_rest_seq) END AS paid_seq
WHERE r.state <> 'voided' OR paid_seq IS NOT NULL
RETURN r.id AS id, r.calendar AS calendar, r.period AS period, r.state AS state, amount, paid_seq,
       r.superseded_by AS superseded_by
ORDER BY r.period DESC, r.committed_seq DESC
LIMIT $page
