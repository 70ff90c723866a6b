// name: customers
// mode: READ
// description: What customers say, each with the fact that registered them, as parallel lists; a page of them by id.
// param: after :: STRING id to start after
// param: page :: INTEGER how many at most
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: instants :: LIST OF INTEGER since when they are registered, epoch milliseconds
// output: distributor_ixs :: LIST OF INTEGER whose customers they are, -1 for nobody's
// output: told_ixs :: LIST OF INTEGER the same by the fact, -2 where the number is of no registration
// output: bodies :: LIST OF STRING canonical JSON of its command, empty where the number is of no registration
// cost: O(page); budget_ms: 1000 because one call reads 5,000 customers
MATCH (c:Customer)
WHERE c.id > $after
WITH c ORDER BY c.id LIMIT $page
OPTIONAL MATCH (f:Fact:Register {seq: c.seq})
RETURN collect(c.id) AS ids, collect(coalesce(c.name, '')) AS names, collect(coalesce(c.registered_at, -1)) AS instants,
       collect(coalesce(head([(c)-[:CUSTOMER_OF]->(d) | d.ix]), -1)) AS distributor_ixs,
       collect(coalesce(f.distributor_ix, -2)) AS told_ixs, collect(coalesce(f.body, '')) AS bodies
