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
// output: regions :: LIST OF STRING '' for none
// output: terminated_at :: LIST OF INTEGER epoch milliseconds; -1 for not, or for ever
// output: consequences :: LIST OF STRING of the termination, '' for none
// output: enrolled :: LIST OF BOOLEAN enrolled before that end
// output: owned :: LIST OF INTEGER ix of those whose owner is named otherwise than they, in the order of ix
// output: owners :: LIST OF STRING what the owner of each of these is named: the id of another position, or anything
// cost: O(slice)
// budget_ms: 1000 because one call reads 20,000 people
MATCH (d:Distributor)
WHERE d.ix >= $from_ix AND d.ix < $to_ix
WITH d ORDER BY d.ix
WITH properties(d) AS p // one walk along the properties instead of one each
RETURN collect(p.ix) AS ixs, collect(p.id) AS ids, collect(p.status) AS statuses, collect(p.title) AS titles,
       collect(coalesce(p.region, '')) AS regions,
       collect(coalesce(p.terminated_at, -1)) AS terminated_at, collect(coalesce(p.consequence, '')) AS consequences,
       collect(p.enrolled_at < $before) AS enrolled,
       collect(CASE WHEN p.owner IS NOT NULL THEN p.ix END) AS owned, collect(p.owner) AS owners // collect leaves out null
