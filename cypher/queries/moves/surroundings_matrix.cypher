// name: surroundings_matrix
// mode: READ
// description: Where somebody stands in the matrix now and who stands directly below: whoever did not leave first, and of those whoever
//   enrolled first, or was entered first where that is the same; no row when they do not exist.
// param: id :: STRING
// output: parent_id :: STRING '' where nobody stands above
// output: slot :: INTEGER 0 where nobody stands above
// output: sponsored :: BOOLEAN false at the top of the company
// output: ids :: LIST OF STRING
// output: slots :: LIST OF INTEGER
// output: since :: INTEGER epoch ms, since when they stand there as known now; 0 where nobody stands above
// output: changed_below_at :: INTEGER epoch ms, when the last of those below came or went as known now; 0 where nobody ever did
// cost: O(width of the tree and moves away from the person)
// budget_ms: 100
MATCH (d:Distributor {id: $id})
OPTIONAL MATCH (d)-[own:SEATED_UNDER]->(parent:Distributor)
CALL (d) {
  MATCH (child:Distributor)-[edge:SEATED_UNDER]->(d)
  WITH child, edge ORDER BY child.status = 'terminated', child.enrolled_at, child.ix
  RETURN collect(child.id) AS ids, collect(edge.slot) AS slots, coalesce(max(edge.valid_from), 0) AS came
}
CALL (d) {
  MATCH (d)<-[edge:WAS_SEATED_UNDER]-()
  WHERE edge.void_seq IS NULL AND edge.valid_to > edge.valid_from
  RETURN coalesce(max(edge.valid_to), 0) AS went
}
RETURN coalesce(parent.id, '') AS parent_id, coalesce(own.slot, 0) AS slot, d.sponsor_ix >= 0 AS sponsored,
       ids, slots, coalesce(own.valid_from, 0) AS since, CASE WHEN came > went THEN came ELSE went END AS changed_below_at
