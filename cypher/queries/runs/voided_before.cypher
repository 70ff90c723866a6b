// name: voided_before
// mode: READ
// description: The run of a period that was voided and that no other has superseded yet, after those that it superseded.
// param: calendar :: STRING
// param: period :: INTEGER
// output: before :: LIST OF STRING the oldest first; empty where there is none
// cost: O(1)
// budget_ms: 50
MATCH (p:Period {calendar: $calendar, number: $period})
USING INDEX SEEK p:Period(calendar, number)
OPTIONAL MATCH (v:Run {id: p.voided_run})
USING INDEX SEEK v:Run(id)
RETURN coalesce(v.before, []) + coalesce(v.id, []) AS before
