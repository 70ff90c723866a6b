// name: create_tallies
// mode: WRITE
// description: the tallies of newcomers: one head, and no slot until a volume comes
// param: ixs :: LIST OF INTEGER
// param: seqs :: LIST OF INTEGER their enrolments
// output: created :: INTEGER
// cost: O(ixs); budget_ms: 2000 because one call makes up to 10,000
UNWIND range(0, size($ixs) - 1) AS row
CREATE (t:Tally {
  ix: $ixs[row], calendar: 'monthly', sponsor_count: 1, binary_count: 1, sponsor_seq: $seqs[row], binary_seq: $seqs[row]
})
RETURN count(t) AS created
