// name: statements
// mode: READ
// description: What the stored statements of a run say, after a person's number.
// param: run :: STRING
// param: after :: INTEGER ix to start after
// param: page :: INTEGER how many at most
// output: statements :: LIST OF MAP all properties of each, by ix
// cost: O(page)
// budget_ms: 1000 because one call reads 5,000 statements
MATCH (s:Statement {run: $run})
WHERE s.ix > $after
WITH s ORDER BY s.ix LIMIT $page
RETURN collect(properties(s)) AS statements
