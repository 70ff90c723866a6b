// name: newest_of_company
// mode: READ
// description: who came last of everybody below a person in the sponsor tree, where these are many: the company's newest one after
//   the other, and from each a walk up to the person; no row when the person does not exist
// param: id :: STRING the person
// param: most :: INTEGER how many are told
// param: people :: INTEGER how many people there are in the company
// param: looks :: INTEGER how many of them are looked at
// param: steps :: INTEGER after how many steps up, all together, nobody else is looked at
// output: ids :: LIST OF STRING who was enrolled last comes first
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: levels :: LIST OF INTEGER how far below the person, 1 for the frontline
// output: sponsor_ids :: LIST OF STRING
// output: enrolled_at :: LIST OF INTEGER epoch ms
// output: complete :: BOOLEAN false where fewer were found among those who were looked at
// cost: O(people looked at x their depth), some thousands where few of the company's newest stand below; budget_ms: 200 because
//   whoever is told nobody has been looked for among all of them
// note: inner numbers are given in the order of enrolment, without a gap. The loop is a reduce, ten people a turn, because
//   nothing else is sure to stop as soon as enough are found
MATCH (root:Distributor {id: $id})
WITH root, reduce(
  walk = {found: [], looked: 0, steps: 0},
  turn IN range(1, $looks / 10) |
    CASE WHEN size(walk.found) >= $most OR walk.looked >= $people OR walk.steps >= $steps THEN walk
    ELSE head([
      newest IN [COLLECT {
        UNWIND range(
          $people - 1 - walk.looked, CASE WHEN $people - walk.looked > 10 THEN $people - walk.looked - 10 ELSE 0 END, -1
        ) AS ix
        MATCH (person:Distributor {ix: ix})
        RETURN {person: person, chain: COLLECT {
          MATCH (person)-[:SPONSORED_BY*0..]->(above)
          WITH DISTINCT above
          RETURN above.ix
        }} ORDER BY ix DESC
      }] |
      {
        found: walk.found + [one IN newest WHERE root.ix IN one.chain[1..] | one.person],
        looked: walk.looked + 10,
        steps: walk.steps + reduce(steps = 0, one IN newest | steps + size(one.chain))
      }
    ]) END
) AS walk
WITH root, walk.found[..$most] AS people, size(walk.found) >= $most OR walk.looked >= $people AS complete
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
