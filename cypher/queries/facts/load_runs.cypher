// name: load_runs
// mode: READ
// description: State and hash of runs by id.
// param: run_ids :: LIST OF STRING
// output: runs :: LIST OF ANY [id, state, hash]
// cost: O(runs given)
// budget_ms: 100
UNWIND $run_ids AS id
MATCH (r:Run {id: id})
USING INDEX SEEK r:Run(id)
RETURN collect([r.id, r.state, r.hash]) AS runs
