// name: ended_edges_binary
// mode: READ
// description: every ended edge of the binary tree of a range of children as parallel lists, for a recomputation
// param: from_ix :: INTEGER first child
// param: to_ix :: INTEGER the child after the last
// output: children :: LIST OF INTEGER as the edge says
// output: parents :: LIST OF INTEGER as the edge says
// output: slots :: LIST OF INTEGER 1 left, 2 right
// output: from_ixs :: LIST OF INTEGER the person it begins at
// output: to_ixs :: LIST OF INTEGER the person it ends at
// output: seq_from :: LIST OF INTEGER the fact that made it
// output: valid_from :: LIST OF INTEGER epoch ms
// output: seq_to :: LIST OF INTEGER the fact that ended it
// output: valid_to :: LIST OF INTEGER epoch ms
// output: void_seq :: LIST OF INTEGER the fact that says it never was so, -1 while it stands
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
// note: -9 where a property is missing that every edge has, since a list leaves out what is null
MATCH (below:Distributor)-[e:WAS_PLACED_UNDER]->(above:Distributor)
WHERE e.child >= $from_ix AND e.child < $to_ix
WITH below, above, properties(e) AS p // one walk along the properties instead of one each
RETURN collect(p.child) AS children, collect(coalesce(p.parent, -9)) AS parents, collect(coalesce(p.slot, -9)) AS slots,
       collect(below.ix) AS from_ixs, collect(above.ix) AS to_ixs,
       collect(coalesce(p.seq_from, -9)) AS seq_from, collect(coalesce(p.valid_from, -9)) AS valid_from, collect(coalesce(p.seq_to, -9)) AS seq_to,
       collect(coalesce(p.valid_to, -9)) AS valid_to, collect(coalesce(p.void_seq, -1)) AS void_seq
