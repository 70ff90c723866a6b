// name: all_levels
// mode: READ
// description: the stored volumes by level of a range of people, for a recomputation
// param: calendar :: STRING
// param: from_ix :: INTEGER first person
// param: to_ix :: INTEGER the person after the last
// param: figures :: LIST OF STRING names of properties
// output: ixs :: LIST OF INTEGER
// output: columns :: LIST OF ANY for each name a list, of each person a list or null
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
MATCH (t:Tally)
WHERE t.ix >= $from_ix AND t.ix < $to_ix AND t.calendar = $calendar
WITH collect(properties(t)) AS tallies // one walk along the properties instead of one each
RETURN [p IN tallies | p.ix] AS ixs, [name IN $figures | [p IN tallies | p[name]]] AS columns
