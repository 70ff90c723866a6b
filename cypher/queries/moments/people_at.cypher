// name: people_at
// mode: READ
// description: how many people were enrolled by a fact
// param: seq :: INTEGER the fact
// output: people :: INTEGER
// output: whole :: BOOLEAN as many are stored as Head counts, and the numbers do not end at a gap
// cost: O(log people), a look at one person a turn; budget_ms: 50
// note: ix is dense and grows with the fact that enrolled, so the number is found by halving and no index is needed
WITH reduce(
  span = {low: 0, high: COUNT { (:Distributor) }},
  turn IN range(1, 63) |
    CASE WHEN span.low >= span.high THEN span
    ELSE [
      middle IN [(span.low + span.high + 1) / 2] |
      CASE WHEN COLLECT { MATCH (d:Distributor {ix: middle - 1}) RETURN d.enrol_seq }[0] <= $seq
             THEN {low: middle, high: span.high} ELSE {low: span.low, high: middle - 1} END
    ][0] END
) AS span
OPTIONAL MATCH (h:Head {name: 'head'})
WITH span.low AS people, h.people AS counted // who comes meanwhile makes more of those that are counted next
RETURN people,
       coalesce(COUNT { (:Distributor) } >= counted
                AND (people = counted OR COLLECT { MATCH (d:Distributor {ix: people}) RETURN d.enrol_seq }[0] > $seq), false) AS whole
