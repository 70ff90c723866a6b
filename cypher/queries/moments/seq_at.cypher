// name: seq_at
// mode: READ
// description: the last fact recorded at an instant or before it; 0 before the first
// param: at :: INTEGER epoch ms
// output: seq :: INTEGER
// cost: O(log facts), a look at one fact a turn; budget_ms: 50
// note: facts are recorded in the order of their numbers, so the number is found by halving and no index is needed
MATCH (head:Head {name: 'head'})
WITH reduce(
  span = {low: 0, high: head.seq},
  turn IN range(1, 63) |
    CASE WHEN span.low >= span.high THEN span
    ELSE [
      middle IN [(span.low + span.high + 1) / 2] |
      CASE WHEN COLLECT { MATCH (fact:Fact {seq: middle}) RETURN fact.recorded_at }[0] <= $at
             THEN {low: middle, high: span.high} ELSE {low: span.low, high: middle - 1} END
    ][0] END
) AS span
RETURN span.low AS seq
