// name: moves
// mode: READ
// description: Where distributors stood before, in any tree, in parallel lists.
// param: ids :: LIST OF STRING
// output: trees :: LIST OF STRING sponsor, binary or matrix
// output: distributors :: LIST OF STRING
// output: parents :: LIST OF STRING
// output: slots :: LIST OF INTEGER from 1, 0 in the sponsor tree
// output: valid_from :: LIST OF INTEGER epoch milliseconds
// output: valid_to :: LIST OF INTEGER epoch milliseconds
// cost: O(moves of the ids)
// budget_ms: 500 because one call asks for up to 5,000 ids
UNWIND $ids AS id
MATCH (d:Distributor {id: id})-[was:WAS_SPONSORED_BY|WAS_PLACED_UNDER|WAS_SEATED_UNDER]->(parent:Distributor)
WHERE was.void_seq IS NULL // what was corrected never was
RETURN collect(CASE type(was) WHEN 'WAS_SPONSORED_BY' THEN 'sponsor' WHEN 'WAS_PLACED_UNDER' THEN 'binary' ELSE 'matrix' END) AS trees,
       collect(d.id) AS distributors,
       collect(parent.id) AS parents,
       collect(coalesce(was.slot, 0)) AS slots,
       collect(was.valid_from) AS valid_from,
       collect(was.valid_to) AS valid_to
