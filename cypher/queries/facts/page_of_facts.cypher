// name: page_of_facts
// mode: READ
// description: Facts after a sequence number: one row for each kind, its facts by number as parallel lists.
// param: after :: INTEGER sequence number to start after
// param: page :: INTEGER how many at most
// param: decided :: MAP the names of what each kind decides (DECIDED in app/facts/decide.py)
// output: kind :: STRING
// output: seq :: LIST OF INTEGER
// output: key :: LIST OF STRING
// output: actor :: LIST OF STRING
// output: reason :: LIST OF STRING
// output: valid_at :: LIST OF INTEGER epoch milliseconds
// output: recorded_at :: LIST OF INTEGER epoch milliseconds
// output: body :: LIST OF STRING canonical JSON of the commands
// output: hash :: LIST OF STRING
// output: decided :: LIST OF ANY a list for each name that the kind decides
// cost: O(page)
// budget_ms: 1000 because one call reads up to 20,000 facts
MATCH (f:Fact)
WHERE f.seq > $after AND f.seq <= $after + $page
WITH f ORDER BY f.seq
WITH [label IN labels(f) WHERE label <> 'Fact'] AS kinds, properties(f) AS p // one walk instead of one a property
WITH kinds, collect(p) AS facts
// A label that somebody added makes a kind that no fact has, so the chain does not verify.
WITH reduce(name = coalesce(head(kinds), ''), more IN tail(kinds) | name + ':' + more) AS kind, facts
RETURN kind, [p IN facts | p.seq] AS seq, [p IN facts | p.key] AS key, [p IN facts | p.actor] AS actor,
       [p IN facts | p.reason] AS reason, [p IN facts | p.valid_at] AS valid_at,
       [p IN facts | p.recorded_at] AS recorded_at, [p IN facts | p.body] AS body, [p IN facts | p.hash] AS hash,
       [name IN coalesce($decided[kind], []) | [p IN facts | p[name]]] AS decided
