// name: recorded_at
// mode: READ
// description: when facts were recorded; those that do not exist are left out
// param: seqs :: LIST OF INTEGER the facts
// output: seqs :: LIST OF INTEGER those that are there
// output: recorded_at :: LIST OF INTEGER epoch ms of each
// cost: O(facts asked for); budget_ms: 20
MATCH (fact:Fact)
WHERE fact.seq IN $seqs
RETURN collect(fact.seq) AS seqs, collect(fact.recorded_at) AS recorded_at
