// name: run_steps
// mode: READ
// description: Every fact that took a run a step or committed it, in their order, as parallel lists; what every run that took one says
//   of it now; and the runs that periods name.
// output: seqs :: LIST OF INTEGER the facts
// output: kinds :: LIST OF STRING StepRun or CommitRun
// output: actors :: LIST OF STRING
// output: bodies :: LIST OF STRING canonical JSON of their commands
// output: decided :: LIST OF MAP {state, paid_people, paid_amount, supersedes, before}
// output: runs :: LIST OF MAP {id} and all that steps leave on a run, of those that are beyond their preview or took a step ever
// output: periods :: LIST OF ANY [calendar, number, run or null, voided run that none superseded yet or null], of those with either
// cost: O(steps, runs and periods); budget_ms: 1000 because a company may have paid daily for years
// plan: allows NodeByLabelScan because all of them are looked at
CALL () {
  CALL () {
    MATCH (f:CommitRun) RETURN f, 'CommitRun' AS kind
    UNION ALL
    MATCH (f:StepRun) RETURN f, 'StepRun' AS kind
  }
  WITH f, kind ORDER BY f.seq
  RETURN collect(coalesce(f.seq, -1)) AS seqs, collect(kind) AS kinds, collect(coalesce(f.actor, '')) AS actors,
         collect(coalesce(f.body, '')) AS bodies, collect(f {.state, .paid_people, .paid_amount, .supersedes, .before}) AS decided
}
CALL () {
  MATCH (r:Run)
  WHERE NOT r.state IN ['calculating', 'preview'] OR r.stepped_seq IS NOT NULL OR r.committed_seq IS NOT NULL
  WITH r ORDER BY r.id
  RETURN collect(r {.id, .state, .stepped_by, .stepped_seq, .sent_by, .locked_by, .committed_seq, .voided_seq, .paid_rest_seq,
                    .paid_people, .paid_amount, .supersedes, .superseded_by, .carries_from, .before, .set_off_people,
                    .set_off_amount, .overpaid_amount}) AS runs
}
CALL () {
  MATCH (p:Period)
  WHERE p.run IS NOT NULL OR p.voided_run IS NOT NULL
  WITH p ORDER BY p.calendar, p.number
  RETURN collect([p.calendar, p.number, p.run, p.voided_run]) AS periods
}
RETURN seqs, kinds, actors, bodies, decided, runs, periods
