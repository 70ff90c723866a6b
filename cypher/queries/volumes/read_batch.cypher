// name: read_batch
// mode: READ
// description: the next facts as columns: which they are, then the columns that each kind needs
// param: after_seq :: INTEGER the last fact rolled up
// param: max_facts :: INTEGER
// output: seqs :: LIST OF INTEGER every fact, in order
// output: structure :: LIST OF ANY [seq, kind, ix, tree, sponsor_ix, parent_ix, valid_at ms, since ms, placed_at ms,
//   matrix_parent_ix, matrix_placed_at ms] of Enrol, Place, Move, Vacate and PastMove; -1 where a kind has no such column; since
//   is when the sponsor of an Enrol, or the place of a PastMove, began; placed_at when the place of an Enrol did, and
//   matrix_placed_at that in the matrix
// output: statuses :: LIST OF ANY [seq, ix] of whose status changed
// output: orders :: LIST OF ANY [seq, seller_ix, buyer_ix, pv, cv, {calendar: number of the period it counts in, or null}] of
//   orders, their later dates and returns
// cost: O(facts); budget_ms: 500 because one call reads up to 10,000 facts
CALL {
  MATCH (f:Fact)
  WHERE f.seq > $after_seq AND f.seq <= $after_seq + $max_facts
  RETURN f ORDER BY f.seq
}
WITH f, CASE WHEN f:Enrol THEN 'Enrol' WHEN f:Place THEN 'Place' WHEN f:Move THEN 'Move'
             WHEN f:Vacate THEN 'Vacate' WHEN f:PastMove THEN 'PastMove' END AS shift
RETURN collect(f.seq) AS seqs,
       collect(CASE WHEN shift IS NOT NULL THEN [
         f.seq, shift, f.ix, CASE WHEN f:Enrol THEN '' ELSE f.tree END, coalesce(f.sponsor_ix, -1), coalesce(f.parent_ix, -1), f.valid_at,
         coalesce(f.sponsored_at, f.since, f.valid_at), coalesce(f.placed_at, f.valid_at),
         coalesce(f.matrix_parent_ix, -1), coalesce(f.matrix_placed_at, f.valid_at)
       ] END) AS structure,
       collect(CASE WHEN f:Terminate|Reinstate THEN [f.seq, f.ix] END) AS statuses,
       collect(CASE WHEN f:Order|DateOrder|Return
                    THEN [f.seq, f.seller_ix, f.buyer_ix, f.pv, f.cv, f {.daily, .four_weeks, .monthly, .weekly}] END) AS orders
