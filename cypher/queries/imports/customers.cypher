// name: customers
// mode: READ
// description: Customers by id as an import compares them, in parallel lists; ids that are not stored are left out.
// param: ids :: LIST OF STRING
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: distributors :: LIST OF STRING
// output: registered_at :: LIST OF INTEGER epoch milliseconds
// cost: O(ids)
// budget_ms: 500 because one call asks for up to 5,000 ids
UNWIND $ids AS id
MATCH (c:Customer {id: id})-[:CUSTOMER_OF]->(d:Distributor)
RETURN collect(c.id) AS ids,
       collect(c.name) AS names,
       collect(d.id) AS distributors,
       collect(c.registered_at) AS registered_at
