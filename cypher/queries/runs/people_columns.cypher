// name: people_columns
// mode: READ
// description: A slice of the people's columns that no move touches, as parallel lists ordered by ix.
// param: from_ix :: INTEGER first ix
// param: to_ix :: INTEGER first ix after the slice
// param: before :: INTEGER epoch milliseconds, the end of the period
// output: ixs :: LIST OF INTEGER
// output: ids :: LIST OF STRING
// output: statuses :: LIST OF STRING
// output: titles :: LIST OF STRING
// output: enrolled :: LIST OF BOOLEAN enrolled before that end
// cost: O(slice)
// budget_ms: 1000 because one call reads 20,000 people
MATCH (d:Distributor)
WHERE d.ix >= $from_ix AND d.ix < $to_ix
WITH d ORDER BY d.ix
RETURN collect(d.ix) AS ixs, collect(d.id) AS ids, collect(d.status) AS statuses, collect(d.title) AS titles,
       collect(d.enrolled_at < $before) AS enrolled
