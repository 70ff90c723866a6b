// name: matrix_at
// mode: READ
// description: The last fact of the matrix that a company keeps, as known at a fact; no row when it keeps none.
// param: seq :: INTEGER
// output: body :: STRING its canonical JSON, with width and depth
// cost: O(how often it was said); budget_ms: 100
// plan: allows NodeByLabelScan because a company says what matrix it keeps a few times at most
MATCH (f:KeepMatrix) WHERE f.seq <= $seq
RETURN f.body AS body ORDER BY f.seq DESC LIMIT 1
