// name: distributors
// mode: READ
// description: Distributors by id as an import compares them, in parallel lists; ids that are not stored are left out.
// param: ids :: LIST OF STRING
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: sponsors :: LIST OF STRING id of the sponsor, '' for none
// output: enrolled_at :: LIST OF INTEGER epoch milliseconds
// output: statuses :: LIST OF STRING
// output: owners :: LIST OF STRING
// output: regions :: LIST OF STRING
// output: titles :: LIST OF STRING
// output: preferences :: LIST OF STRING a strategy, '' for none
// output: held_until :: LIST OF INTEGER epoch milliseconds, 0 outside the holding tank
// output: held_for :: LIST OF STRING the strategy after it, '' outside
// output: places :: LIST OF ANY [id of the parent, slot, since epoch milliseconds] in the binary tree, ['', 0, 0] for none
// output: seats :: LIST OF ANY the same in the matrix
// output: terminated_at :: LIST OF INTEGER epoch milliseconds; -1 for not, or for ever
// output: consequences :: LIST OF STRING of the termination, '' for none
// cost: O(ids)
// budget_ms: 500 because one call asks for up to 5,000 ids
UNWIND $ids AS id
MATCH (d:Distributor {id: id})
OPTIONAL MATCH (d)-[:SPONSORED_BY]->(sponsor:Distributor)
OPTIONAL MATCH (d)-[place:PLACED_UNDER]->(parent:Distributor)
OPTIONAL MATCH (d)-[seat:SEATED_UNDER]->(above:Distributor)
RETURN collect(d.id) AS ids,
       collect(d.name) AS names,
       collect(coalesce(sponsor.id, '')) AS sponsors,
       collect(d.enrolled_at) AS enrolled_at,
       collect(d.status) AS statuses,
       collect(coalesce(d.owner, d.id)) AS owners,
       collect(coalesce(d.region, '')) AS regions,
       collect(coalesce(d.title, '')) AS titles,
       collect(coalesce(d.preference, '')) AS preferences,
       collect(coalesce(d.held_until, 0)) AS held_until,
       collect(coalesce(d.held_for, '')) AS held_for,
       collect([coalesce(parent.id, ''), coalesce(place.slot, 0), coalesce(place.valid_from, 0)]) AS places,
       collect([coalesce(above.id, ''), coalesce(seat.slot, 0), coalesce(seat.valid_from, 0)]) AS seats,
       collect(coalesce(d.terminated_at, -1)) AS terminated_at,
       collect(coalesce(d.consequence, '')) AS consequences
