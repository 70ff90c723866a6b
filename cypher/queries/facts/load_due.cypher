// name: load_due
// mode: READ
// description: What a run's statements say of some people, by which fact they were paid by name, and what the statements of the voided
//   runs before it say of them.
// param: run :: STRING
// param: ixs :: LIST OF INTEGER
// output: due :: LIST OF ANY [ix, amount in minor units, fact or null, [[amount, whether it was paid]] by run before, the oldest
//   first]; who has no statement is left out
// cost: O(people given x runs before)
// budget_ms: 200 because one step pays up to 1,000 people
MATCH (r:Run {id: $run})
USING INDEX SEEK r:Run(id)
UNWIND $ixs AS ix
MATCH (s:Statement {run: $run, ix: ix})
USING INDEX SEEK s:Statement(run, ix)
CALL (r, ix) {
  UNWIND range(0, size(coalesce(r.before, [])) - 1) AS place
  MATCH (v:Run {id: r.before[place]})
  USING INDEX SEEK v:Run(id)
  OPTIONAL MATCH (was:Statement {run: v.id, ix: ix})
  USING INDEX SEEK was:Statement(run, ix)
  WITH place, coalesce(was.amount, 0) AS amount, coalesce(was.paid_seq, v.paid_rest_seq) IS NOT NULL AS paid ORDER BY place
  RETURN collect([amount, paid]) AS before
}
RETURN collect([s.ix, s.amount, s.paid_seq, before]) AS due
