// name: turns
// mode: READ
// description: What opened and closed a period, in the order of the facts.
// param: seqs :: LIST OF INTEGER
// output: seq :: INTEGER
// output: kind :: STRING OpenPeriod, ClosePeriod or ReopenPeriod
// output: recorded_at :: INTEGER epoch milliseconds
// output: actor :: STRING
// output: reason :: STRING
// cost: O(seqs)
// budget_ms: 100
UNWIND $seqs AS seq
MATCH (f:Fact {seq: seq})
USING INDEX SEEK f:Fact(seq)
RETURN f.seq AS seq, head([label IN labels(f) WHERE label <> 'Fact']) AS kind, f.recorded_at AS recorded_at,
       f.actor AS actor, f.reason AS reason
ORDER BY seq
