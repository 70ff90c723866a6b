// name: ids
// mode: READ
// description: The ids of a range of people, ordered by ix.
// param: from_ix :: INTEGER first ix
// param: to_ix :: INTEGER the ix after the last
// output: ids :: LIST OF STRING
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
MATCH (d:Distributor)
WHERE d.ix >= $from_ix AND d.ix < $to_ix
WITH d ORDER BY d.ix
RETURN collect(d.id) AS ids
