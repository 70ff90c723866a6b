// name: levels_up_matrix
// mode: READ
// description: the edges of the first eight levels of the ways up from people in the matrix, each once
// param: ixs :: LIST OF INTEGER the people's inner numbers
// output: children :: LIST OF INTEGER
// output: parents :: LIST OF INTEGER the parent of each
// cost: O(8 x ixs); budget_ms: 1000 because one call asks about up to 5,000 people
UNWIND $ixs AS ix
MATCH (start:Distributor {ix: ix})-[:SEATED_UNDER*0..7]->(below)
USING INDEX SEEK start:Distributor(ix)
WITH DISTINCT below
MATCH (below)-[up:SEATED_UNDER]->()
RETURN collect(up.child) AS children, collect(up.parent) AS parents
