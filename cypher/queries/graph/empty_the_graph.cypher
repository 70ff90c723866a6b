// name: empty_the_graph
// mode: SCHEMA
// description: Deletes a demo company, all but the record of migrations. The tour alone calls it, on its own database.
// cost: O(graph)
// budget_ms: 60000 because it deletes everything
// plan: allows AllNodesScan because everything goes
MATCH (n)
WHERE NOT n:Migration AND NOT n:Lock
CALL (n) {
  DETACH DELETE n
} IN TRANSACTIONS OF 10000 ROWS
