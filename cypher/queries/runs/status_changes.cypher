// name: status_changes
// mode: READ
// description: How the status of a slice of people changed, all they ever had said of them, as parallel lists in the order of facts.
// param: from_ix :: INTEGER first ix
// param: to_ix :: INTEGER first ix after the slice
// output: ixs :: LIST OF INTEGER
// output: seqs :: LIST OF INTEGER
// output: ats :: LIST OF INTEGER epoch milliseconds, when it took effect
// output: statuses :: LIST OF STRING terminated, or active when reinstated
// output: consequences :: LIST OF STRING of a termination, '' else
// output: old_statuses :: LIST OF STRING what they were before
// output: old_ats :: LIST OF INTEGER since when they had been terminated before, epoch milliseconds; -1 for not, or for ever
// output: old_consequences :: LIST OF STRING '' for none
// cost: O(changes in the slice)
// budget_ms: 1000 because one call reads what changed for 20,000 people
CALL () {
  MATCH (f:Terminate) WHERE f.ix >= $from_ix AND f.ix < $to_ix
  RETURN f, 'terminated' AS status
  UNION ALL
  MATCH (f:Reinstate) WHERE f.ix >= $from_ix AND f.ix < $to_ix
  RETURN f, 'active' AS status
}
WITH f, status ORDER BY f.seq
RETURN collect(f.ix) AS ixs, collect(f.seq) AS seqs, collect(f.valid_at) AS ats, collect(status) AS statuses,
       collect(coalesce(f.consequence, '')) AS consequences, collect(f.old_status) AS old_statuses,
       collect(coalesce(f.old_terminated_at, -1)) AS old_ats, collect(coalesce(f.old_consequence, '')) AS old_consequences
