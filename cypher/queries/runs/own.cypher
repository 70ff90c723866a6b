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
// output: before :: LIST OF ANY [amount, whether it was paid] by voided run of the period before it, the oldest first
// cost: O(runs of the calendar)
// budget_ms: 100
MATCH (d:Distributor {id: $id})
USING INDEX SEEK d:Distributor(id)
MATCH (r:Run {calendar: $calendar})
WHERE r.period > 0 AND r.state IN ['committed', 'partly_paid', 'paid', 'voided'] // the index is on both
OPTIONAL MATCH (s:Statement {run: r.id, ix: d.ix})
USING INDEX SEEK s:Statement(run, ix)
CALL (r, d) {
  UNWIND range(0, size(coalesce(r.before, [])) - 1) AS place
  MATCH (v:Run {id: r.before[place]})
  USING INDEX SEEK v:Run(id)
  OPTIONAL MATCH (was:Statement {run: v.id, ix: d.ix})
  USING INDEX SEEK was:Statement(run, ix)
  WITH place, coalesce(was.amount, 0) AS amount, coalesce(was.paid_seq, v.paid_rest_seq) IS NOT NULL AS paid ORDER BY place
  RETURN collect([amount, paid]) AS before
}
WITH r, before, coalesce(s.amount, 0) AS amount, s.paid_seq AS by_name
WITH r, before, amount, CASE WHEN amount <> 0 THEN coalesce(by_name, r.paid_rest_seq) END AS paid_seq
WHERE r.state <> 'voided' OR paid_seq IS NOT NULL
RETURN r.id AS id, r.calendar AS calendar, r.period AS period, r.state AS state, amount, paid_seq,
       r.superseded_by AS superseded_by, before
ORDER BY r.period DESC, r.committed_seq DESC
LIMIT $page
