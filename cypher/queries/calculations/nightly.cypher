// name: nightly
// mode: READ
// description: The previews that were asked for by night, the newest first: how each ended, and what its run comes to.
// param: prefix :: STRING what their keys begin with; the night follows, such as 2026-03-20
// param: page :: INTEGER how many at most
// output: night :: STRING
// output: calculation :: STRING
// output: calendar :: STRING
// output: period :: INTEGER
// output: plan :: STRING its name and version
// output: state :: STRING queued, calculating, done, failed or cancelled
// output: failure :: STRING what went wrong the last time; null when nothing did
// output: asked_at :: INTEGER epoch milliseconds
// output: as_of :: INTEGER the last fact that counts; null before it was begun
// output: run :: STRING null unless done, like what follows
// output: orders :: INTEGER
// output: payees :: INTEGER
// output: amount :: INTEGER minor units
// output: breakage :: INTEGER minor units
// cost: O(nights kept)
// budget_ms: 100
MATCH (f:Fact)
USING INDEX SEEK f:Fact(key)
WHERE f.key STARTS WITH $prefix
WITH f ORDER BY f.seq DESC LIMIT $page
MATCH (c:Calculation {id: f.calculation_id})
USING INDEX SEEK c:Calculation(id)
OPTIONAL MATCH (r:Run {id: c.run})
USING INDEX SEEK r:Run(id)
RETURN substring(f.key, size($prefix), 10) AS night, c.id AS calculation, c.calendar AS calendar, c.period AS period,
       c.plan_name + ' ' + c.plan_version AS plan, c.state AS state, c.failure AS failure, f.recorded_at AS asked_at,
       c.as_of AS as_of, r.id AS run, r.orders AS orders, r.payees AS payees, r.amount AS amount, r.breakage AS breakage
ORDER BY f.seq DESC
