// name: downline_binary
// mode: READ
// description: everyone below a person in the binary tree, nearest level first and by ix within a level, one page at a
//   time; no row when the person does not exist
// param: id :: STRING the person at the top of the page, who is not in it
// param: depth :: INTEGER = 5 how many levels down, at most 10000
// param: after_level :: INTEGER = 0 the level of the last person of the page before; 0 for the first page
// param: after_ix :: INTEGER = -1 the ix of that person; -1 for the first page
// param: page :: INTEGER = 50 how many people at most
// output: ixs :: LIST OF INTEGER the people's inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: levels :: LIST OF INTEGER 1 for the person's own children
// output: parent_ids :: LIST OF STRING who stands directly above, in this tree
// output: slots :: LIST OF INTEGER 1 left, 2 right
// output: sponsor_ids :: LIST OF STRING who sponsored them
// output: child_counts :: LIST OF INTEGER how many stand directly below, in this tree
// output: more :: BOOLEAN whether another page follows
// cost: O(people on the levels down to the page's last), one turn a level: levels below the page are not read; budget_ms: 100
// note: the loop is a reduce because a variable-length pattern takes no bound from a parameter and cannot stop early. Its
//   levels are put together in blocks of 32, each copied into a list of its own: a list that grew level by level would
//   be a chain of lists, and each look at it a walk along all of them
MATCH (root:Distributor {id: $id})
WITH root, CASE WHEN $depth < 10000 THEN $depth ELSE 10000 END AS deepest
WITH reduce(
  walk = {people: [root], blocks: [], found: 0},
  first IN range(1, deepest, 32) |
    CASE WHEN size(walk.people) = 0 OR walk.found > $page THEN walk
    ELSE head([
      block IN [reduce(
        turn = {people: walk.people, taken: []},
        level IN range(first, CASE WHEN deepest < first + 31 THEN deepest ELSE first + 31 END) |
          CASE WHEN size(turn.people) = 0 OR walk.found + size(turn.taken) > $page THEN turn
          ELSE head([
            below IN [COLLECT {
              UNWIND turn.people AS above
              MATCH (above)<-[:PLACED_UNDER]-(child)
              RETURN child ORDER BY child.ix
            }] |
            {
              people: below,
              taken: CASE WHEN level < $after_level THEN []
                     ELSE turn.taken + [
                       child IN below WHERE level > $after_level OR child.ix > $after_ix | {person: child, level: level}
                     ][..$page + 1 - walk.found - size(turn.taken)] END
            }
          ]) END
      )] |
      {
        people: block.people,
        blocks: walk.blocks + [[one IN block.taken | one]],
        found: walk.found + size(block.taken)
      }
    ]) END
).blocks AS blocks
WITH COLLECT { UNWIND blocks AS block UNWIND block AS one RETURN one } AS taken
WITH taken[..$page] AS rows, size(taken) > $page AS more
CALL (rows) {
  UNWIND rows AS row
  WITH row.level AS level, row.person AS person
  ORDER BY level, person.ix
  OPTIONAL MATCH (person)-[place:PLACED_UNDER]->(parent)
  OPTIONAL MATCH (person)-[:SPONSORED_BY]->(sponsor)
  RETURN collect(person.ix) AS ixs, collect(person.id) AS ids, collect(person.name) AS names,
         collect(person.status) AS statuses, collect(level) AS levels, collect(coalesce(parent.id, '')) AS parent_ids,
         collect(coalesce(place.slot, 0)) AS slots, collect(coalesce(sponsor.id, '')) AS sponsor_ids,
         collect(COUNT { (person)<-[:PLACED_UNDER]-() }) AS child_counts
}
RETURN ixs, ids, names, statuses, levels, parent_ids, slots, sponsor_ids, child_counts, more
