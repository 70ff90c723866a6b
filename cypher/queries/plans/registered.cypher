// name: registered
// mode: READ
// description: Every plan that was registered, in the order of the facts, as parallel lists.
// output: seqs :: LIST OF INTEGER the facts
// output: bodies :: LIST OF STRING canonical JSON of their commands
// output: actors :: LIST OF STRING who registered them
// output: reasons :: LIST OF STRING why
// output: instants :: LIST OF INTEGER when, epoch milliseconds
// cost: O(plans); budget_ms: 100
// plan: allows NodeByLabelScan because all of them are looked at, and a company has few
MATCH (f:RegisterPlan)
WITH f ORDER BY f.seq
RETURN collect(coalesce(f.seq, -1)) AS seqs, collect(coalesce(f.body, '')) AS bodies, collect(coalesce(f.actor, '')) AS actors,
       collect(coalesce(f.reason, '')) AS reasons, collect(coalesce(f.recorded_at, 0)) AS instants
