// name: newest_below
// mode: READ
// description: who came last of everybody below a person in the sponsor tree, where these are few: a walk down to all of them; no
//   row when the person does not exist
// param: id :: STRING the person
// param: most :: INTEGER how many are told
// param: looks :: INTEGER how many people below are looked at, the nearest first
// output: ids :: LIST OF STRING who was enrolled last comes first
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: levels :: LIST OF INTEGER how far below the person, 1 for the frontline
// output: sponsor_ids :: LIST OF STRING
// output: enrolled_at :: LIST OF INTEGER epoch ms
// output: complete :: BOOLEAN false where more people stand below than were looked at
// cost: O(people below, as many as are looked at at most); budget_ms: 100
// note: inner numbers are given in the order of enrolment
MATCH (root:Distributor {id: $id})
CALL (root) {
  MATCH (root)<-[:SPONSORED_BY*1..]-(person)
  WITH DISTINCT person LIMIT $looks + 1
  RETURN collect(person) AS below
}
WITH root, size(below) <= $looks AS complete,
     COLLECT { UNWIND below AS person RETURN person ORDER BY person.ix DESC LIMIT $most } AS people
CALL (root, people) {
  UNWIND people AS person
  CALL (person) {
    MATCH (person)-[:SPONSORED_BY*0..]->(above)
    WITH DISTINCT above
    RETURN collect(above.id) AS chain
  }
  WITH person, chain, [up IN range(1, size(chain) - 1) WHERE chain[up] = root.id][0] AS level
  WHERE level IS NOT NULL // moved away meanwhile
  WITH person, chain, level ORDER BY person.ix DESC
  RETURN collect(person.id) AS ids, collect(person.name) AS names, collect(person.status) AS statuses,
         collect(level) AS levels, collect(chain[1]) AS sponsor_ids, collect(person.enrolled_at) AS enrolled_at
}
RETURN ids, names, statuses, levels, sponsor_ids, enrolled_at, complete
