// name: stays_binary
// mode: READ
// description: Under whom people stood in the binary tree after an instant, as known now, in parallel lists.
// param: ixs :: LIST OF INTEGER
// param: since :: INTEGER epoch ms; what ended by then is left out
// output: children :: LIST OF INTEGER
// output: parents :: LIST OF INTEGER
// output: begins :: LIST OF INTEGER epoch ms
// output: ends :: LIST OF INTEGER epoch ms, -1 for what is so still
// cost: O(ixs and their moves)
// budget_ms: 100
UNWIND $ixs AS ix
CALL (ix) {
  MATCH ()-[edge:PLACED_UNDER {child: ix}]->()
  USING INDEX SEEK edge:PLACED_UNDER(child)
  USING INDEX SEEK edge:PLACED_UNDER(child)
  RETURN edge, -1 AS until
  UNION
  MATCH ()-[edge:WAS_PLACED_UNDER {child: ix}]->()
  USING INDEX SEEK edge:WAS_PLACED_UNDER(child)
  USING INDEX SEEK edge:WAS_PLACED_UNDER(child)
  WHERE edge.void_seq IS NULL AND edge.valid_to > $since AND edge.valid_to > edge.valid_from
  RETURN edge, edge.valid_to AS until
}
RETURN collect(edge.child) AS children, collect(edge.parent) AS parents, collect(edge.valid_from) AS begins,
       collect(until) AS ends
