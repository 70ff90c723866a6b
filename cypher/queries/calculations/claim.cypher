// name: claim
// mode: WRITE
// description: Takes a calculation for one worker until its lease ends; no row when another has it, or it came to its end. As of
//   which fact it is calculated is told by whoever takes it first, and stays: the close of its period, else the fact that queued it.
// param: id :: STRING
// param: holder :: STRING
// param: now :: INTEGER epoch milliseconds
// param: lease_until :: INTEGER epoch milliseconds
// output: id :: STRING
// output: calendar :: STRING
// output: period :: INTEGER
// output: plan_hash :: STRING
// output: as_of :: INTEGER
// output: attempt :: INTEGER this one, from 1
// output: left_at :: STRING in which stage the attempt before was left; null when it ended by itself
// cost: O(1)
// budget_ms: 100
// note: what a MATCH finds may be read before its SET waits for the lock, so it is found anew: see facts/take_head
MATCH (locked:Calculation {id: $id})
SET locked.locks = coalesce(locked.locks, 0) + 1
WITH count(*) AS taken
MATCH (c:Calculation {id: $id})
WHERE c.state IN ['queued', 'calculating'] AND c.lease_until <= $now
MATCH (p:Period {calendar: c.calendar, number: c.period})
WITH c, p, CASE WHEN c.state = 'calculating' THEN coalesce(c.stage, 'snapshot') END AS left_at
SET c.state = 'calculating', c.attempt = c.attempt + 1, c.holder = $holder, c.lease_until = $lease_until,
    c.as_of = coalesce(c.as_of, p.closed_seq, c.queued_seq), c.stage = 'snapshot', c.done = 0, c.of = 0
RETURN c.id AS id, c.calendar AS calendar, c.period AS period, c.plan_hash AS plan_hash, c.as_of AS as_of,
       c.attempt AS attempt, left_at
