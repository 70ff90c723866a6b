// name: create_customers
// mode: WRITE
// description: Registers retail customers under their distributors.
// param: rows :: LIST OF MAP {id, name, registered_at: epoch ms, distributor_ix, seq}
// output: written :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 customers
UNWIND $rows AS row
MATCH (d:Distributor {ix: row.distributor_ix})
USING INDEX SEEK d:Distributor(ix)
CREATE (c:Customer {id: row.id, name: row.name, registered_at: row.registered_at, seq: row.seq})
CREATE (c)-[:CUSTOMER_OF]->(d)
RETURN count(c) AS written
