// name: mirrors
// mode: READ
// description: what a range of people say of their own places, as parallel lists
// param: from_ix :: INTEGER first ix
// param: to_ix :: INTEGER the ix after the last
// output: ixs :: LIST OF INTEGER
// output: sponsor_ixs :: LIST OF INTEGER -1 for nobody
// output: parent_ixs :: LIST OF INTEGER -1 for nobody
// output: slots :: LIST OF INTEGER 0 without a place
// output: run_top :: LIST OF INTEGER -1 for nobody; this and the next four: app/places/spots.py
// output: left_end :: LIST OF INTEGER -1 for nobody
// output: right_end :: LIST OF INTEGER -1 for nobody
// output: open_distance :: LIST OF INTEGER
// output: open_side :: LIST OF INTEGER
// output: matrix_parent_ixs :: LIST OF INTEGER -1 for nobody
// output: matrix_slots :: LIST OF INTEGER 0 without a place
// output: matrix_open_distance :: LIST OF INTEGER this and the next one: app/places/matrix.py
// output: matrix_open_slot :: LIST OF INTEGER
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
MATCH (d:Distributor)
WHERE d.ix >= $from_ix AND d.ix < $to_ix
RETURN collect(d.ix) AS ixs, collect(coalesce(d.sponsor_ix, -9)) AS sponsor_ixs,
       collect(coalesce(d.parent_ix, -9)) AS parent_ixs, collect(coalesce(d.slot, -9)) AS slots,
       collect(coalesce(d.run_top, -1)) AS run_top, collect(coalesce(d.left_end, -1)) AS left_end,
       collect(coalesce(d.right_end, -1)) AS right_end, collect(coalesce(d.open_distance, -9)) AS open_distance,
       collect(coalesce(d.open_side, -9)) AS open_side, collect(coalesce(d.matrix_parent_ix, -1)) AS matrix_parent_ixs,
       collect(coalesce(d.matrix_slot, 0)) AS matrix_slots,
       collect(coalesce(d.matrix_open_distance, 0)) AS matrix_open_distance,
       collect(coalesce(d.matrix_open_slot, 0)) AS matrix_open_slot
