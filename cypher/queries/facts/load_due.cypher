// name: load_due
// mode: READ
// description: What a run owes to some people, and by which fact they were paid by name.
// param: run :: STRING
// param: ixs :: LIST OF INTEGER
// output: due :: LIST OF ANY [ix, amount in minor units, fact or null]; who has no statement is left out
// cost: O(people given)
// budget_ms: 200 because one step pays up to 1,000 people
UNWIND $ixs AS ix
MATCH (s:Statement {run: $run, ix: ix})
USING INDEX SEEK s:Statement(run, ix)
RETURN collect([s.ix, s.amount, s.paid_seq]) AS due
