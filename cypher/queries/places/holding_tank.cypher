// name: holding_tank
// mode: READ
// description: a page of those in the holding tank, the one whose time ends first before the others, in parallel lists
// param: after_until :: INTEGER epoch ms of the last one of the page before; the least integer for the first page
// param: after_ix :: INTEGER the ix of that one, -1 for the first page
// param: until :: INTEGER only those whose time ends by then
// param: page :: INTEGER how many at most
// output: ixs :: LIST OF INTEGER
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: sponsor_ids :: LIST OF STRING
// output: sponsors_placed :: LIST OF BOOLEAN whether somebody can be placed below the sponsor
// output: possible :: LIST OF BOOLEAN whether the strategy can find a slot: the sponsor has a place, and where it weighs legs by what is
//   sold in a calendar, a period of that is open
// output: untils :: LIST OF INTEGER epoch ms
// output: strategies :: LIST OF STRING how they are placed after it
// output: more :: BOOLEAN whether another page follows
// cost: O(page)
// budget_ms: 100
MATCH (held:Distributor)
WHERE held.held_until >= $after_until AND held.held_until <= $until
  AND (held.held_until > $after_until OR held.ix > $after_ix)
WITH held ORDER BY held.held_until, held.ix LIMIT $page + 1
MATCH (held)-[:SPONSORED_BY]->(sponsor:Distributor)
WITH held, sponsor ORDER BY held.held_until, held.ix
WITH collect(held)[..$page] AS people, collect(sponsor)[..$page] AS sponsors, count(*) > $page AS more
CALL () {
  UNWIND ['daily', 'four_weeks', 'monthly', 'weekly'] AS calendar
  CALL (calendar) {
    // Periods close in their order: when the newest is closed, none is open.
    MATCH (p:Period {calendar: calendar}) WHERE p.number > 0 // the index is on both
    WITH p ORDER BY p.calendar DESC, p.number DESC LIMIT 1
    RETURN collect(p.state)[0] AS newest
  }
  WITH calendar WHERE newest = 'open'
  RETURN collect('lighter_by_volume' + CASE calendar WHEN 'monthly' THEN '' ELSE '_' + calendar END) AS weighing
}
WITH people, sponsors, more, weighing, [
  n IN range(0, size(people) - 1) |
    CASE people[n].held_for WHEN 'preference' THEN coalesce(sponsors[n].preference, 'first_open') ELSE people[n].held_for END
] AS meant
RETURN [p IN people | p.ix] AS ixs, [p IN people | p.id] AS ids, [p IN people | p.name] AS names,
       [s IN sponsors | s.id] AS sponsor_ids,
       [s IN sponsors | s.parent_ix >= 0 OR s.sponsor_ix < 0] AS sponsors_placed,
       [n IN range(0, size(people) - 1) | (sponsors[n].parent_ix >= 0 OR sponsors[n].sponsor_ix < 0)
         AND (NOT meant[n] STARTS WITH 'lighter_by_volume' OR meant[n] IN weighing)] AS possible,
       [p IN people | p.held_until] AS untils, [p IN people | p.held_for] AS strategies, more
