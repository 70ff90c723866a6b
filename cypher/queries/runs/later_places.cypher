// name: later_places
// mode: READ
// description: What facts say of places in a tree after somebody's first one: moves, places given up, and a history that was taken
//   over; of everybody, as parallel lists in no order.
// param: tree :: STRING sponsor, binary or matrix
// output: ixs :: LIST OF INTEGER
// output: seqs :: LIST OF INTEGER the facts
// output: begins :: LIST OF INTEGER epoch milliseconds, since when
// output: ends :: LIST OF INTEGER epoch milliseconds, until when of a history that was taken over; -1 until another fact says otherwise
// output: stands :: LIST OF BOOLEAN they stand below somebody; false: they gave their place up
// cost: O(moves ever made)
// budget_ms: 1000 because one call reads the moves of all years
// plan: allows NodeByLabelScan because all of them are looked at
CALL () {
  MATCH (f:Move) WHERE f.tree = $tree RETURN f, f.valid_at AS began, -1 AS ended, true AS stands
  UNION ALL
  MATCH (f:Vacate) WHERE f.tree = $tree RETURN f, f.valid_at AS began, -1 AS ended, false AS stands
  UNION ALL
  MATCH (f:PastMove) WHERE f.tree = $tree RETURN f, f.since AS began, f.valid_at AS ended, true AS stands
}
RETURN collect(f.ix) AS ixs, collect(f.seq) AS seqs, collect(began) AS begins, collect(ended) AS ends, collect(stands) AS stands
