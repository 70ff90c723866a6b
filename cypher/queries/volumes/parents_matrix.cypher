// name: parents_matrix
// mode: READ
// description: eight levels of the ways up from some people in the matrix as it was just before an instant, as known at a
//   fact; somebody asked about who is no child in the answer was at the top
// param: ixs :: LIST OF INTEGER from whom
// param: known :: INTEGER the last fact that is known
// param: before :: INTEGER epoch ms, the end of a period
// output: children :: LIST OF INTEGER inner numbers, each once
// output: parents :: LIST OF INTEGER the parent of each
// cost: O(8 x ixs); budget_ms: 1000 because one call asks about up to 10,000 people
UNWIND $ixs AS ix
MATCH (d:Distributor {ix: ix})
CALL (d) {
  MATCH (d)-[up:SEATED_UNDER|WAS_SEATED_UNDER*1..8]->()
  WHERE all(e IN up WHERE e.seq_from <= $known AND e.valid_from < $before
                          AND (e.seq_to IS NULL OR e.seq_to > $known OR e.valid_to >= $before)
                          AND (e.void_seq IS NULL OR e.void_seq > $known))
  RETURN last(up).child AS child, last(up).parent AS parent
}
WITH DISTINCT child, parent
RETURN collect(child) AS children, collect(parent) AS parents
