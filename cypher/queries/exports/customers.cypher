// name: customers
// mode: READ
// description: A page of customers ordered by id, in parallel lists.
// param: after :: STRING the last id of the page before
// param: page :: INTEGER
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: distributor_ixs :: LIST OF INTEGER
// output: registered_at :: LIST OF INTEGER epoch milliseconds
// output: seqs :: LIST OF INTEGER the fact of the registration
// cost: O(page); budget_ms: 1000 because one call reads up to 20,000 customers
MATCH (c:Customer)
WHERE c.id > $after
WITH c ORDER BY c.id LIMIT $page
MATCH (c)-[:CUSTOMER_OF]->(d:Distributor)
WITH c, d ORDER BY c.id
RETURN collect(c.id) AS ids, collect(c.name) AS names, collect(d.ix) AS distributor_ixs,
       collect(c.registered_at) AS registered_at, collect(c.seq) AS seqs
