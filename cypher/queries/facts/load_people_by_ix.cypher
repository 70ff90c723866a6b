// name: load_people_by_ix
// mode: READ
// description: Distributors by their inner number.
// param: ixs :: LIST OF INTEGER
// output: people :: LIST OF ANY [ix, id, sponsor_ix, parent_ix, slot, status, since when ms, terminated_at ms or null,
//   consequence or null]
// cost: O(ixs)
// budget_ms: 100
UNWIND $ixs AS ix
MATCH (d:Distributor {ix: ix})
RETURN collect([d.ix, d.id, d.sponsor_ix, d.parent_ix, d.slot, d.status, coalesce(d.status_at, d.enrolled_at), d.terminated_at,
                d.consequence]) AS people
