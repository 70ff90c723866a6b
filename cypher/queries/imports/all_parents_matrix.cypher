// name: all_parents_matrix
// mode: READ
// description: The edges of the matrix of a range of people, in parallel lists, where most ways up are asked about.
// param: from_ix :: INTEGER first child
// param: to_ix :: INTEGER the child after the last
// output: children :: LIST OF STRING
// output: parents :: LIST OF STRING
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
MATCH (child:Distributor)-[e:SEATED_UNDER]->(parent)
WHERE e.child >= $from_ix AND e.child < $to_ix
RETURN collect(child.id) AS children, collect(parent.id) AS parents
