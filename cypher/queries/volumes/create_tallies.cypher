// name: create_tallies
// mode: WRITE
// description: the tallies of newcomers: one head, no volume
// param: ixs :: LIST OF INTEGER
// param: seqs :: LIST OF INTEGER their enrolments
// output: created :: INTEGER
// cost: O(ixs); budget_ms: 2000 because one call makes up to 10,000
UNWIND range(0, size($ixs) - 1) AS row
CREATE (t:Tally {
  ix: $ixs[row], calendar: 'monthly', sponsor_count: 1, binary_count: 1, sponsor_seq: $seqs[row], binary_seq: $seqs[row],
  period_0: -1, own_pv_0: 0, own_cv_0: 0, customer_pv_0: 0, customer_cv_0: 0,
  sponsor_pv_0: 0, sponsor_cv_0: 0, binary_pv_0: 0, binary_cv_0: 0,
  period_1: -1, own_pv_1: 0, own_cv_1: 0, customer_pv_1: 0, customer_cv_1: 0,
  sponsor_pv_1: 0, sponsor_cv_1: 0, binary_pv_1: 0, binary_cv_1: 0
})
RETURN count(t) AS created
