// name: first_places
// mode: READ
// description: Since when some people have a place in a tree by the facts that enrolled and placed them, as parallel lists in no order.
// param: tree :: STRING sponsor, binary or matrix
// param: ixs :: LIST OF INTEGER
// output: ixs :: LIST OF INTEGER
// output: seqs :: LIST OF INTEGER the facts
// output: begins :: LIST OF INTEGER epoch milliseconds, since when
// cost: O(people given, and places given later than at enrolment)
// budget_ms: 1000 because one call looks at 20,000 people; it is asked of those alone who moved and stand nowhere
// plan: allows NodeByLabelScan because places that are given later are looked for among all of them
CALL () {
  UNWIND $ixs AS ix
  MATCH (d:Distributor {ix: ix})
  USING INDEX SEEK d:Distributor(ix)
  MATCH (f:Fact {seq: d.enrol_seq})
  WITH ix, f,
       CASE $tree WHEN 'sponsor' THEN f.sponsor_ix WHEN 'binary' THEN f.parent_ix ELSE f.matrix_parent_ix END AS parent,
       CASE $tree WHEN 'sponsor' THEN f.sponsored_at WHEN 'binary' THEN f.placed_at ELSE f.matrix_placed_at END AS since
  WHERE parent >= 0
  RETURN ix, f.seq AS seq, coalesce(since, f.valid_at) AS began
  UNION ALL
  MATCH (f:Place) WHERE f.tree = $tree AND f.ix IN $ixs
  RETURN f.ix AS ix, f.seq AS seq, f.valid_at AS began
}
RETURN collect(ix) AS ixs, collect(seq) AS seqs, collect(began) AS begins
