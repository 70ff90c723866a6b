// name: names
// mode: READ
// description: The names of people by their inner numbers, as parallel lists.
// param: ixs :: LIST OF INTEGER
// output: found :: LIST OF INTEGER the numbers, in any order
// output: names :: LIST OF STRING
// cost: O(ixs)
// budget_ms: 1000 because one call reads 20,000 people
UNWIND $ixs AS ix
MATCH (d:Distributor {ix: ix})
RETURN collect(d.ix) AS found, collect(d.name) AS names
