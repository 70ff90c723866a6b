// name: vacated
// mode: READ
// description: Trees with slots in which somebody stood and stands no more.
// param: id :: STRING
// output: trees :: LIST OF STRING binary, matrix
// cost: O(moves of the person)
// budget_ms: 100
MATCH (d:Distributor {id: $id})
RETURN [tree IN [
  CASE WHEN EXISTS { (d)-[:WAS_PLACED_UNDER]->() } AND NOT EXISTS { (d)-[:PLACED_UNDER]->() } THEN 'binary' END,
  CASE WHEN EXISTS { (d)-[:WAS_SEATED_UNDER]->() } AND NOT EXISTS { (d)-[:SEATED_UNDER]->() } THEN 'matrix' END
] WHERE tree IS NOT NULL] AS trees
