// name: steps
// mode: READ
// description: The newest steps of a run, oldest first: who took them, when and why.
// param: id :: STRING
// param: most :: INTEGER how many
// output: seq :: INTEGER the fact
// output: step :: STRING review, send_back, lock, unlock, approve, commit, pay or void
// output: state :: STRING which state it led to
// output: actor :: STRING
// output: reason :: STRING
// output: recorded_at :: INTEGER epoch milliseconds
// output: paid_people :: INTEGER paid by this step
// output: paid_amount :: INTEGER minor units
// cost: O(steps of the run)
// budget_ms: 100
CALL () {
  MATCH (f:StepRun {run_id: $id})
  RETURN f, f.state AS state
  UNION ALL
  MATCH (f:CommitRun {run_id: $id})
  RETURN f, 'committed' AS state
}
WITH f, state ORDER BY f.seq DESC LIMIT $most
WITH f, state ORDER BY f.seq
RETURN f.seq AS seq, coalesce(f.step, 'commit') AS step, state, f.actor AS actor, f.reason AS reason,
       f.recorded_at AS recorded_at, coalesce(f.paid_people, 0) AS paid_people, coalesce(f.paid_amount, 0) AS paid_amount
