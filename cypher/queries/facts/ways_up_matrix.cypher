// name: ways_up_matrix
// mode: READ
// description: the edges of the ways from people up to the top of the matrix, each once
// param: ixs :: LIST OF INTEGER the people's inner numbers
// output: children :: LIST OF INTEGER
// output: parents :: LIST OF INTEGER the parent of each
// cost: O(sum of their depths), so asked about few people; budget_ms: 1000 because each may stand 10,000 deep
UNWIND $ixs AS ix
MATCH (start:Distributor {ix: ix})-[:SEATED_UNDER*0..]->(below)
USING INDEX SEEK start:Distributor(ix)
WITH DISTINCT below
MATCH (below)-[up:SEATED_UNDER]->()
RETURN collect(up.child) AS children, collect(up.parent) AS parents
