// name: mirrors
// mode: READ
// description: what a range of people say of their own places, as parallel lists
// param: from_ix :: INTEGER first ix
// param: to_ix :: INTEGER the ix after the last
// output: ixs :: LIST OF INTEGER
// output: sponsor_ixs :: LIST OF INTEGER -1 for nobody
// output: parent_ixs :: LIST OF INTEGER -1 for nobody
// output: slots :: LIST OF INTEGER 0 without a place
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
MATCH (d:Distributor)
WHERE d.ix >= $from_ix AND d.ix < $to_ix
RETURN collect(d.ix) AS ixs, collect(coalesce(d.sponsor_ix, -9)) AS sponsor_ixs,
       collect(coalesce(d.parent_ix, -9)) AS parent_ixs, collect(coalesce(d.slot, -9)) AS slots
