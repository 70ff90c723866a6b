// name: frontline_matrix
// mode: READ
// description: the people placed directly under a person in the matrix as of a fact, by ix; no row when the person does not exist
// param: id :: STRING the parent
// param: after_ix :: INTEGER = null the ix of the last person of the page before; null for the first page
// param: page :: INTEGER = 50 how many people at most
// param: seq :: INTEGER = null as of which fact: the last one when null; for every later page seq of the first one
// output: ixs :: LIST OF INTEGER the people's inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: slots :: LIST OF INTEGER 1 to the width of the matrix, from the left
// output: sponsor_ids :: LIST OF STRING who sponsored them
// output: child_counts :: LIST OF INTEGER how many are placed directly under them now
// output: more :: BOOLEAN whether another page follows
// output: seq :: INTEGER as of which fact they stand there
// cost: O(width and the moves away from the parent); budget_ms: 100
// note: ended edges are read as in downline_matrix
MATCH (head:Head {name: 'head'})
WITH coalesce($seq, head.seq) AS seq
MATCH (root:Distributor {id: $id})
WITH root, seq, COLLECT {
  MATCH (root)<-[edge:SEATED_UNDER]-(person)
  WHERE person.ix > coalesce($after_ix, -1) AND edge.seq_from <= seq
  RETURN {person: person, slot: edge.slot} ORDER BY person.ix
} AS live
WITH seq,
     CASE WHEN COLLECT { MATCH (h:Head {name: 'head'}) RETURN coalesce(h.matrix_moved, 0) }[0] <= seq THEN live
     ELSE COLLECT {
       UNWIND live + COLLECT {
         MATCH (root)<-[edge:WAS_SEATED_UNDER]-(person)
         WHERE person.ix > coalesce($after_ix, -1) AND edge.seq_from <= seq AND edge.seq_to > seq
         RETURN {person: person, slot: edge.slot}
       } AS one
       WITH DISTINCT one
       RETURN one ORDER BY one.person.ix
     } END AS found
WITH seq, found[..$page] AS rows, size(found) > $page AS more
CALL (rows, seq) {
  UNWIND rows AS row
  WITH row.person AS person, row.slot AS slot
  ORDER BY person.ix
  OPTIONAL MATCH (person)-[sponsor_edge:SPONSORED_BY]->(sponsor) WHERE sponsor_edge.seq_from <= seq
  WITH *, CASE WHEN sponsor IS NOT NULL THEN sponsor.id ELSE COLLECT {
    MATCH (person)-[edge:WAS_SPONSORED_BY]->(above) WHERE edge.seq_from <= seq AND edge.seq_to > seq
    RETURN above.id
  }[0] END AS sponsor_found
  RETURN collect(person.ix) AS ixs, collect(person.id) AS ids, collect(person.name) AS names,
         collect(person.status) AS statuses, collect(slot) AS slots, collect(coalesce(sponsor_found, '')) AS sponsor_ids,
         collect(COUNT { (person)<-[:SEATED_UNDER]-() }) AS child_counts
}
RETURN ixs, ids, names, statuses, slots, sponsor_ids, child_counts, more, seq
