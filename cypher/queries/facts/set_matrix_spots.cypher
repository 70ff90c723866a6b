// name: set_matrix_spots
// mode: WRITE
// description: What people keep about open slots of the matrix below them, app/places/matrix.py.
// param: matrix_spots :: LIST OF MAP {ix, kept: {matrix_open_distance, matrix_open_slot}}
// output: matrix_spots :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 people
UNWIND $matrix_spots AS row
MATCH (d:Distributor {ix: row.ix})
USING INDEX SEEK d:Distributor(ix)
SET d += row.kept
RETURN count(d) AS matrix_spots
