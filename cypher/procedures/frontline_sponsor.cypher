// name: frontline_sponsor
// mode: READ
// description: the people a person sponsors as of a fact, by ix, one page at a time; no row when the person does not exist
// param: id :: STRING the sponsor
// param: after_ix :: INTEGER = null the ix of the last person of the page before; null for the first page
// param: page :: INTEGER = 50 how many people at most
// param: seq :: INTEGER = null as of which fact: the last one when null; for every later page seq of the first one
// output: ixs :: LIST OF INTEGER the people's inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: slots :: LIST OF INTEGER 0: the sponsor tree has no slots
// output: sponsor_ids :: LIST OF STRING who sponsored them
// output: child_counts :: LIST OF INTEGER how many they sponsor themselves now
// output: more :: BOOLEAN whether another page follows
// output: seq :: INTEGER as of which fact they stand there
// cost: O(frontline, and the moves away from it), its names read for one page only; budget_ms: 100
// note: ended edges are read as in downline_sponsor
MATCH (head:Head {name: 'head'})
WITH coalesce($seq, head.seq) AS seq
MATCH (root:Distributor {id: $id})
CALL (root, seq) {
  MATCH (root)<-[edge:SPONSORED_BY]-(person)
  WHERE person.ix > coalesce($after_ix, -1) AND edge.seq_from <= seq
  WITH person ORDER BY person.ix LIMIT $page + 1
  RETURN collect(person) AS live
}
WITH root, seq,
     CASE WHEN COLLECT { MATCH (h:Head {name: 'head'}) RETURN coalesce(h.sponsor_moved, 0) }[0] <= seq THEN live
     ELSE COLLECT {
       UNWIND live + COLLECT {
         MATCH (root)<-[edge:WAS_SPONSORED_BY]-(person)
         WHERE person.ix > coalesce($after_ix, -1) AND edge.seq_from <= seq AND edge.seq_to > seq
         RETURN person
       } AS person
       WITH DISTINCT person
       RETURN person ORDER BY person.ix
     } END AS found
WITH root, seq, found[..$page] AS people, size(found) > $page AS more
RETURN [person IN people | person.ix] AS ixs, [person IN people | person.id] AS ids,
       [person IN people | person.name] AS names, [person IN people | person.status] AS statuses,
       [person IN people | 0] AS slots, [person IN people | root.id] AS sponsor_ids,
       [person IN people | COUNT { (person)<-[:SPONSORED_BY]-() }] AS child_counts, more, seq
