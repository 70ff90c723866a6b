// name: set_spots
// mode: WRITE
// description: What people keep about open slots below them, app/places/spots.py.
// param: spots :: LIST OF MAP {ix, kept: {run_top, left_end, right_end, open_distance, open_side}}, null for nobody
// output: spots :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 people
UNWIND $spots AS row
MATCH (d:Distributor {ix: row.ix})
USING INDEX SEEK d:Distributor(ix)
SET d += row.kept
RETURN count(d) AS spots
