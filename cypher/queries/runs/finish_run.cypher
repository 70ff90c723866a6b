// name: finish_run
// mode: WRITE
// description: A run whose statements are all stored may be reviewed.
// param: id :: STRING
// output: state :: STRING
// cost: O(1)
// budget_ms: 100
MATCH (r:Run {id: $id})
SET r.state = CASE WHEN r.state = 'calculating' THEN 'preview' ELSE r.state END
RETURN r.state AS state
