// name: distributors
// mode: READ
// description: A page of distributors ordered by id, in parallel lists.
// param: after :: STRING the last id of the page before
// param: page :: INTEGER
// output: ixs :: LIST OF INTEGER
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: enrolled_at :: LIST OF INTEGER epoch milliseconds
// output: statuses :: LIST OF STRING
// output: owners :: LIST OF STRING
// output: regions :: LIST OF STRING
// output: titles :: LIST OF STRING
// output: preferences :: LIST OF STRING a strategy, '' for none
// output: held_until :: LIST OF INTEGER epoch milliseconds, the least integer outside the holding tank
// output: held_for :: LIST OF STRING the strategy after it, '' outside
// output: terminated_at :: LIST OF INTEGER epoch milliseconds; -1 for not, or for ever
// output: consequences :: LIST OF STRING of the termination, '' for none
// output: seqs :: LIST OF INTEGER the fact of the enrolment
// cost: O(page); budget_ms: 1000 because one call reads up to 20,000 people
MATCH (d:Distributor)
WHERE d.id > $after
WITH d ORDER BY d.id LIMIT $page
WITH properties(d) AS p // one walk along the properties instead of one each
RETURN collect(p.ix) AS ixs, collect(p.id) AS ids, collect(p.name) AS names, collect(p.enrolled_at) AS enrolled_at,
       collect(p.status) AS statuses, collect(coalesce(p.owner, p.id)) AS owners, collect(p.region) AS regions, collect(p.title) AS titles,
       collect(coalesce(p.preference, '')) AS preferences,
       collect(coalesce(p.held_until, -9223372036854775807 - 1)) AS held_until, collect(coalesce(p.held_for, '')) AS held_for,
       collect(coalesce(p.terminated_at, -1)) AS terminated_at, collect(coalesce(p.consequence, '')) AS consequences,
       collect(p.enrol_seq) AS seqs
