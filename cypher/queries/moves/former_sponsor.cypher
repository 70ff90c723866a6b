// name: former_sponsor
// mode: READ
// description: Where somebody stood in the sponsor tree until an instant, as known now; no row when they did not stand anywhere.
// param: id :: STRING
// param: until :: INTEGER epoch ms
// output: parent_id :: STRING
// output: slot :: INTEGER 0: the sponsor tree has no slots
// cost: O(places the person had)
// budget_ms: 100
// note: a place of no time at all ends where it began; it is told where there is no other
MATCH (d:Distributor {id: $id})
MATCH (d)-[was:WAS_SPONSORED_BY]->(parent:Distributor)
WHERE was.void_seq IS NULL AND was.valid_to = $until
RETURN parent.id AS parent_id, 0 AS slot
ORDER BY was.valid_from < was.valid_to DESC, was.seq_to DESC
LIMIT 1
