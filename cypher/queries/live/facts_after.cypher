// name: facts_after
// mode: READ
// description: What the next facts say that live ranks must follow: which people changed, and what else happened. Orders are read by
//   whoever knows the period.
// param: after :: INTEGER the last fact known
// param: to :: INTEGER the last fact to look at
// output: seqs :: LIST OF INTEGER every fact, in order
// output: enrolled :: LIST OF ANY [seq, ix] of newcomers
// output: changed :: LIST OF ANY [seq, ix] of who was placed, moved, terminated or reinstated
// output: others :: LIST OF ANY [seq, kind, calendar, number of the period] of what concerns periods, plans, runs, decided ranks and
//   the matrix; null where a kind has no period
// output: recorded_at :: INTEGER epoch ms when the oldest of them was recorded; 0 when there is none
// cost: O(facts); budget_ms: 500 because one call looks at up to 5,000 facts
MATCH (f:Fact)
USING INDEX f:Fact(seq)
WHERE f.seq > $after AND f.seq <= $to
WITH f ORDER BY f.seq
RETURN collect(f.seq) AS seqs,
       collect(CASE WHEN f:Enrol THEN [f.seq, f.ix] END) AS enrolled,
       collect(CASE WHEN f:Place|Move|Vacate|PastMove|Terminate|Reinstate THEN [f.seq, f.ix] END) AS changed,
       collect(CASE WHEN f:OverrideRank|KeepMatrix|Opening|OpenPeriod|ClosePeriod|ReopenPeriod|RegisterPlan|CommitRun|StepRun
                    THEN [f.seq, [kind IN labels(f) WHERE kind <> 'Fact'][0], f.calendar, f.period] END) AS others,
       coalesce(min(f.recorded_at), 0) AS recorded_at
