// name: runs
// mode: READ
// description: the run that paid a calendar last, and the last nightly preview of one of its periods
// param: calendar :: STRING
// param: period :: INTEGER the period whose preview is looked for, e.g. 202603
// param: prefix :: STRING what the keys of nightly previews begin with; the night follows, such as 2026-03-20
// param: looks :: INTEGER how many previews, of whatever period, are looked at, the last night's first
// output: committed :: LIST OF ANY [id, calendar, period, seq, people_blob, ranks_blob, plan_blob]; null before the first
// output: preview :: LIST OF ANY the same; null where there is none
// cost: O(periods of the calendar, and previews looked at); budget_ms: 100
// note: keys of previews are sorted by night, so the index gives the last ones first and no other is read
CALL () {
  MATCH (p:Period {calendar: $calendar})
  WHERE p.number > 0 AND p.run IS NOT NULL // the index is on both
  WITH p ORDER BY p.number DESC LIMIT 1
  MATCH (r:Run {id: p.run})
  USING INDEX SEEK r:Run(id)
  RETURN collect([r.id, r.calendar, r.period, r.seq, r.people_blob, r.ranks_blob, r.plan_blob])[0] AS committed
}
CALL () {
  MATCH (f:Fact)
  USING INDEX SEEK f:Fact(key)
  WHERE f.key STARTS WITH $prefix
  WITH f ORDER BY f.key DESC LIMIT $looks
  MATCH (c:Calculation {id: f.calculation_id})
  USING INDEX SEEK c:Calculation(id)
  WHERE c.calendar = $calendar AND c.period = $period
  MATCH (r:Run {id: c.run})
  USING INDEX SEEK r:Run(id)
  WHERE r.state = 'preview'
  WITH f, r ORDER BY f.key DESC LIMIT 1
  RETURN collect([r.id, r.calendar, r.period, r.seq, r.people_blob, r.ranks_blob, r.plan_blob])[0] AS preview
}
RETURN committed, preview
