// name: one
// mode: READ
// description: A calculation: what was asked for, how far it is, and how it ended.
// param: id :: STRING
// output: id :: STRING
// output: calendar :: STRING
// output: period :: INTEGER
// output: plan_name :: STRING
// output: plan_version :: STRING
// output: plan_hash :: STRING of the plan, and the name of its file in the blob store
// output: state :: STRING draft, queued, calculating, done, failed or cancelled
// output: stage :: STRING snapshot, engine, tables or statements; null before it was begun
// output: done :: INTEGER how much of the stage
// output: of :: INTEGER
// output: attempt :: INTEGER how often it was begun
// output: as_of :: INTEGER the last fact that counts; null before it was begun
// output: run :: STRING the stored run; null unless done
// output: failure :: STRING what went wrong the last time; null when nothing did
// output: ended_at :: INTEGER epoch milliseconds; null before the end
// output: steps :: LIST OF ANY [kind, seq, actor, reason, recorded_at] of the facts that asked for it, queued and cancelled it
// cost: O(1)
// budget_ms: 50
MATCH (c:Calculation {id: $id})
CALL (c) {
  UNWIND [c.requested_seq, c.queued_seq, c.cancelled_seq] AS seq
  WITH DISTINCT seq
  MATCH (f:Fact {seq: seq})
  USING INDEX SEEK f:Fact(seq)
  WITH f ORDER BY f.seq
  RETURN collect([head([label IN labels(f) WHERE label <> 'Fact']), f.seq, f.actor, f.reason, f.recorded_at]) AS steps
}
RETURN c.id AS id, c.calendar AS calendar, c.period AS period, c.plan_name AS plan_name,
       c.plan_version AS plan_version, c.plan_hash AS plan_hash, c.state AS state, c.stage AS stage, c.done AS done,
       c.of AS of, c.attempt AS attempt, c.as_of AS as_of, c.run AS run, c.failure AS failure, c.ended_at AS ended_at, steps
