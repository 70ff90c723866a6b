// name: all_edges_matrix
// mode: READ
// description: the live edges of the matrix of a range of children, where most ways up are asked about
// param: from_ix :: INTEGER first child
// param: to_ix :: INTEGER the child after the last
// output: children :: LIST OF INTEGER
// output: parents :: LIST OF INTEGER the parent of each
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
MATCH ()-[e:SEATED_UNDER]->()
USING INDEX SEEK e:SEATED_UNDER(child)
WHERE e.child >= $from_ix AND e.child < $to_ix
RETURN collect(e.child) AS children, collect(e.parent) AS parents
