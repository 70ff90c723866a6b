// name: all_tallies
// mode: READ
// description: the stored tallies of a range of people, for a recomputation
// param: calendar :: STRING
// param: from_ix :: INTEGER first person
// param: to_ix :: INTEGER the person after the last
// param: figures :: LIST OF STRING names of properties
// output: columns :: LIST OF ANY for each name a list of integers; a volume that is not there is 0, a period -1,
//   and of the matrix the count 1, the volume the person's own and their customers'
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
MATCH (t:Tally)
WHERE t.ix >= $from_ix AND t.ix < $to_ix AND t.calendar = $calendar
WITH collect(properties(t)) AS tallies // one walk along the properties instead of one each
RETURN [name IN $figures | [p IN tallies | coalesce(
  p[name],
  CASE WHEN name STARTS WITH 'matrix_' THEN p[replace(name, 'matrix', 'own')] + p[replace(name, 'matrix', 'customer')] END,
  CASE WHEN name STARTS WITH 'period_' THEN -1 WHEN name = 'matrix_count' THEN 1 ELSE 0 END
)]] AS columns
