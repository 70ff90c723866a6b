// name: matrix_edges
// mode: READ
// description: Live matrix edges of a slice of people, as far as they held at an instant and were known at a seq.
// param: from_ix :: INTEGER first child ix
// param: to_ix :: INTEGER first child ix after the slice
// param: seq :: INTEGER what is known
// param: at :: INTEGER business instant, epoch milliseconds
// output: children :: LIST OF INTEGER
// output: parents :: LIST OF INTEGER
// output: slots :: LIST OF INTEGER
// cost: O(slice)
// budget_ms: 1000 because one call reads 20,000 edges
MATCH ()-[r:SEATED_UNDER]->()
WHERE r.child >= $from_ix AND r.child < $to_ix AND r.seq_from <= $seq AND r.valid_from <= $at
RETURN collect(r.child) AS children, collect(r.parent) AS parents, collect(r.slot) AS slots
