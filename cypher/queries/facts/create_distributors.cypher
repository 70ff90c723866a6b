// name: create_distributors
// mode: WRITE
// description: Enrols positions. Their edges follow by create_sponsor_edges and create_binary_edges in the same transaction.
// param: rows :: LIST OF MAP all properties of each position
// output: written :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 people
UNWIND $rows AS row
CREATE (d:Distributor)
SET d = row
RETURN count(d) AS written
