// name: ended_matrix_edges
// mode: READ
// description: Ended matrix edges of a slice of people that still held at an instant, or were not known to have ended at a seq;
//   without those that were known by then never to have been so.
// param: from_ix :: INTEGER first child ix
// param: to_ix :: INTEGER first child ix after the slice
// param: seq :: INTEGER what is known
// param: at :: INTEGER business instant, epoch milliseconds
// output: children :: LIST OF INTEGER
// output: parents :: LIST OF INTEGER
// output: slots :: LIST OF INTEGER
// cost: O(moves ever made in the slice)
// budget_ms: 1000 because one call reads the moves of 20,000 people
MATCH ()-[r:WAS_SEATED_UNDER]->()
WHERE r.child >= $from_ix AND r.child < $to_ix AND r.seq_from <= $seq AND r.valid_from <= $at
  AND (r.seq_to > $seq OR r.valid_to > $at) AND (r.void_seq IS NULL OR r.void_seq > $seq)
RETURN collect(r.child) AS children, collect(r.parent) AS parents, collect(r.slot) AS slots
