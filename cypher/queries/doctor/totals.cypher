// name: totals
// mode: READ
// description: how many of each there are, by the store's own counters, so that nothing stands outside what is read by number
// output: people :: INTEGER distributors as Head counts them
// output: seq :: INTEGER the last fact
// output: distributors :: INTEGER
// output: tallies :: INTEGER
// output: sponsored :: INTEGER live sponsor edges
// output: was_sponsored :: INTEGER ended ones
// output: placed :: INTEGER live binary edges
// output: was_placed :: INTEGER ended ones
// output: seated :: INTEGER live edges of the matrix
// output: was_seated :: INTEGER ended ones
// output: sponsor_moved :: INTEGER the last fact that ended a sponsor edge, as Head says; 0 when none did
// output: binary_moved :: INTEGER the same of the binary tree
// output: matrix_moved :: INTEGER the same of the matrix
// output: matrix_width :: INTEGER 0 when the company keeps none
// cost: O(1); budget_ms: 100
MATCH (h:Head {name: 'head'})
RETURN h.people AS people, h.seq AS seq,
       COUNT { (:Distributor) } AS distributors, COUNT { (:Tally) } AS tallies,
       COUNT { ()-[:SPONSORED_BY]->() } AS sponsored, COUNT { ()-[:WAS_SPONSORED_BY]->() } AS was_sponsored,
       COUNT { ()-[:PLACED_UNDER]->() } AS placed, COUNT { ()-[:WAS_PLACED_UNDER]->() } AS was_placed,
       COUNT { ()-[:SEATED_UNDER]->() } AS seated, COUNT { ()-[:WAS_SEATED_UNDER]->() } AS was_seated,
       coalesce(h.sponsor_moved, 0) AS sponsor_moved, coalesce(h.binary_moved, 0) AS binary_moved,
       coalesce(h.matrix_moved, 0) AS matrix_moved, coalesce(h.matrix_width, 0) AS matrix_width
