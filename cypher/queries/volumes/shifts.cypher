// name: shifts
// mode: READ
// description: the facts of a range that may have changed a tree as it was just before an instant, in order
// param: after_seq :: INTEGER the fact before the range
// param: to_seq :: INTEGER the last fact of the range
// param: before :: INTEGER epoch ms
// output: structure :: LIST OF ANY as of read_batch; of Place, Move and Vacate that take effect before the instant, and of PastMove
// cost: O(facts of the range); budget_ms: 1000 because one call reads up to 50,000 facts
MATCH (f:Fact)
USING INDEX f:Fact(seq)
WHERE f.seq > $after_seq AND f.seq <= $to_seq
  AND (f:PastMove OR (f:Place OR f:Move OR f:Vacate) AND f.valid_at < $before)
WITH f ORDER BY f.seq
RETURN collect([f.seq, CASE WHEN f:Place THEN 'Place' WHEN f:Move THEN 'Move' WHEN f:Vacate THEN 'Vacate' ELSE 'PastMove' END,
                f.ix, f.tree, -1, coalesce(f.parent_ix, -1), f.valid_at, coalesce(f.since, f.valid_at), f.valid_at, -1, f.valid_at])
       AS structure
