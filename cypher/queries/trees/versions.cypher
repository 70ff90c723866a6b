// name: versions
// mode: READ
// description: the structural versions of a person's subtrees as rolled up, and how far that is; no row when the
//   person does not exist
// param: id :: STRING the person
// param: seq :: INTEGER = -1 a fact
// output: ix :: INTEGER the person's inner number
// output: sponsor :: INTEGER the last fact that changed the sponsor subtree; -1 when the roll-up has not reached the person
// output: binary :: INTEGER the same of the binary subtree
// output: matrix :: INTEGER the same in the matrix
// output: as_of_seq :: INTEGER the last fact rolled up, read before the versions
// output: seq :: INTEGER the last fact of all
// output: behind_ms :: INTEGER how long before that the fact given was overtaken by the next one; 0 while it was not
// cost: O(1); budget_ms: 100
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS as_of_seq
MATCH (person:Distributor {id: $id})
OPTIONAL MATCH (t:Tally {ix: person.ix, calendar: 'monthly'})
WITH person.ix AS ix, coalesce(t.sponsor_seq, -1) AS sponsor, coalesce(t.binary_seq, -1) AS binary,
     coalesce(t.matrix_seq, t.sponsor_seq, -1) AS matrix, as_of_seq
MATCH (head:Head {name: 'head'})
OPTIONAL MATCH (next:Fact {seq: $seq + 1})
RETURN ix, sponsor, binary, matrix, as_of_seq, head.seq AS seq, coalesce(head.recorded_at - next.recorded_at, 0) AS behind_ms
