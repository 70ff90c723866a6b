// name: former_matrix
// mode: READ
// description: Where somebody stood in the matrix until an instant, as known now; no row when they did not stand anywhere.
// param: id :: STRING
// param: until :: INTEGER epoch ms
// output: parent_id :: STRING
// output: slot :: INTEGER from 1 to the matrix's width
// cost: O(places the person had)
// budget_ms: 100
// note: a place of no time at all ends where it began; it is told where there is no other
MATCH (d:Distributor {id: $id})
MATCH (d)-[was:WAS_SEATED_UNDER]->(parent:Distributor)
WHERE was.void_seq IS NULL AND was.valid_to = $until
RETURN parent.id AS parent_id, was.slot AS slot
ORDER BY was.valid_from < was.valid_to DESC, was.seq_to DESC
LIMIT 1
