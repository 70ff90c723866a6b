// name: cut_binary_edges
// mode: WRITE
// description: Corrects the ended binary edges of each child: whatever of them lies after `at` never was so, as known from `seq` on.
//   What was known before stays as it was: an edge that is corrected keeps its times, and its part before `at` becomes a new one.
// param: rows :: LIST OF MAP {child ix, at: epoch ms, seq}
// output: done :: INTEGER
// cost: O(moves of the children)
// budget_ms: 100
UNWIND $rows AS row
MATCH (child:Distributor {ix: row.child})
USING INDEX SEEK child:Distributor(ix)
CALL (row, child) {
  MATCH (child)-[was:WAS_PLACED_UNDER]->(parent:Distributor)
  WHERE was.void_seq IS NULL AND was.valid_to > row.at AND was.valid_to > was.valid_from
  SET was.void_seq = row.seq
  WITH was, parent WHERE was.valid_from < row.at
  CREATE (child)-[part:WAS_PLACED_UNDER]->(parent)
  SET part = properties(was), part.valid_to = row.at, part.seq_from = row.seq, part.seq_to = row.seq, part.void_seq = null
  RETURN count(part) AS parts
}
RETURN count(*) AS done
