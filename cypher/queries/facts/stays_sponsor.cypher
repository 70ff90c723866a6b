// name: stays_sponsor
// mode: READ
// description: Under whom people stood in the sponsor tree after an instant, as known now, in parallel lists.
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
  MATCH ()-[edge:SPONSORED_BY {child: ix}]->()
  USING INDEX SEEK edge:SPONSORED_BY(child)
  USING INDEX SEEK edge:SPONSORED_BY(child)
  RETURN edge, -1 AS until
  UNION
  MATCH ()-[edge:WAS_SPONSORED_BY {child: ix}]->()
  USING INDEX SEEK edge:WAS_SPONSORED_BY(child)
  USING INDEX SEEK edge:WAS_SPONSORED_BY(child)
  WHERE edge.void_seq IS NULL AND edge.valid_to > $since AND edge.valid_to > edge.valid_from
  RETURN edge, edge.valid_to AS until
}
RETURN collect(edge.child) AS children, collect(edge.parent) AS parents, collect(edge.valid_from) AS begins,
       collect(until) AS ends
