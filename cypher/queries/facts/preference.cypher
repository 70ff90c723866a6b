// name: preference
// mode: READ
// description: By which strategy somebody prefers that those they sponsor are placed.
// param: ix :: INTEGER
// output: strategy :: STRING
// cost: O(1)
// budget_ms: 100
MATCH (d:Distributor {ix: $ix})
USING INDEX SEEK d:Distributor(ix)
RETURN coalesce(d.preference, 'first_open') AS strategy
