// name: commitments
// mode: READ
// description: Every fact that committed a run, in their order, beside what the period and the run say of it now, as
//   parallel lists; and all that say of themselves that they are committed, or have a committed run.
// output: seqs :: LIST OF INTEGER the facts
// output: bodies :: LIST OF STRING canonical JSON of their commands
// output: period_runs :: LIST OF STRING the run that the period names, empty for none
// output: states :: LIST OF STRING state of the run that the fact names, empty when it is not stored
// output: committed_seqs :: LIST OF INTEGER by which fact the run says it was committed, -1 for none
// output: said_runs :: LIST OF STRING runs that say they are committed
// output: said_periods :: LIST OF STRING runs that periods name
// cost: O(runs and periods); budget_ms: 1000 because a company may have paid daily for years
// plan: allows NodeByLabelScan because all of them are looked at
CALL () {
  MATCH (f:CommitRun)
  OPTIONAL MATCH (r:Run {id: f.run_id})
  OPTIONAL MATCH (p:Period {calendar: f.calendar, number: f.period})
  WITH f, r, p ORDER BY f.seq
  RETURN collect(coalesce(f.seq, -1)) AS seqs, collect(coalesce(f.body, '')) AS bodies,
         collect(coalesce(p.run, '')) AS period_runs, collect(coalesce(r.state, '')) AS states, collect(coalesce(r.committed_seq, -1)) AS committed_seqs
}
CALL () {
  MATCH (r:Run)
  WHERE r.state = 'committed' OR r.committed_seq IS NOT NULL
  WITH r.id AS id ORDER BY id
  RETURN collect(id) AS said_runs
}
CALL () {
  MATCH (p:Period)
  WHERE p.run IS NOT NULL
  WITH p.run AS run ORDER BY run
  RETURN collect(run) AS said_periods
}
RETURN seqs, bodies, period_runs, states, committed_seqs, said_runs, said_periods
