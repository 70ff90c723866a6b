// name: end_matrix_edges
// mode: WRITE
// description: Turns the live matrix edge of each child into history: it was true until valid_to, and is known so from seq_to on;
//   one that began only after valid_to is known from then on never to have been so. Head
//   says which fact was the last to do this: pages as of an earlier one look for ended edges then.
// param: rows :: LIST OF MAP {child ix, valid_to: epoch ms, seq_to}
// output: ended :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (child:Distributor {ix: row.child})-[r:SEATED_UNDER]->(parent:Distributor)
USING INDEX SEEK child:Distributor(ix)
CREATE (child)-[was:WAS_SEATED_UNDER]->(parent)
SET was = properties(r), was.seq_to = row.seq_to,
    was.valid_to = CASE WHEN row.valid_to < r.valid_from THEN r.valid_from ELSE row.valid_to END,
    was.void_seq = CASE WHEN row.valid_to < r.valid_from THEN row.seq_to END
DELETE r
WITH count(was) AS ended, max(was.seq_to) AS last
MATCH (head:Head {name: 'head'})
SET head.matrix_moved = coalesce(last, head.matrix_moved)
RETURN ended
