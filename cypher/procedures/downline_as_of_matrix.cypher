// name: downline_as_of_matrix
// mode: READ
// description: everyone who stood below a person in the matrix at an instant, as far as was known at a fact; nearest level
//   first and by ix within a level, one page at a time; no row when the person does not exist
// param: id :: STRING the person at the top of the page, who is not in it
// param: at :: INTEGER the instant, epoch ms
// param: seq :: INTEGER the last fact that counts; what was written later is not known, even what is dated earlier
// param: depth :: INTEGER = 5 how many levels down, at most 10000
// param: after_level :: INTEGER = 0 the level of the last person of the page before; 0 for the first page
// param: after_ix :: INTEGER = null the ix of that person; null for the first page
// param: page :: INTEGER = 50 how many people at most
// output: ixs :: LIST OF INTEGER the people's inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING as they are now
// output: levels :: LIST OF INTEGER 1 for who stood directly below
// output: parent_ids :: LIST OF STRING who stood directly above
// output: slots :: LIST OF INTEGER 1 to the width of the matrix, from the left
// output: enrolled :: BOOLEAN whether the person at the top was enrolled by then, as far as was known
// output: more :: BOOLEAN whether another page follows
// cost: O(people on the levels down to the page's last, and the moves away from them); budget_ms: 100
// note: the loop is the one of downline_matrix, and for the same reasons. Live edges are read before ended ones: one that a move
//   ends meanwhile is seen at least once, and twice it says the same
MATCH (root:Distributor {id: $id})
WITH root, root.enrol_seq <= $seq AND root.enrolled_at <= $at AS enrolled,
     CASE WHEN $depth < 10000 THEN $depth ELSE 10000 END AS deepest
WITH enrolled, reduce(
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
              CALL (above) {
                MATCH (above)<-[edge:SEATED_UNDER]-(child) WHERE edge.seq_from <= $seq AND edge.valid_from <= $at
                RETURN child, edge.slot AS slot
                UNION
                // An edge that ended is there until then, or for ever as long as its end was not known.
                MATCH (above)<-[edge:WAS_SEATED_UNDER]-(child)
                WHERE edge.seq_from <= $seq AND edge.valid_from <= $at AND (edge.seq_to > $seq OR edge.valid_to > $at)
                  AND (edge.void_seq IS NULL OR edge.void_seq > $seq) // what was corrected by then never was
                RETURN child, edge.slot AS slot
              }
              RETURN {person: child, ix: child.ix, level: level, parent_id: above.id, slot: slot} ORDER BY child.ix
            }] |
            {
              people: [one IN below | one.person],
              taken: CASE WHEN level < $after_level THEN []
                     ELSE turn.taken + [
                       one IN below WHERE level > $after_level OR one.ix > $after_ix
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
WITH enrolled, COLLECT { UNWIND blocks AS block UNWIND block AS one RETURN one } AS taken
WITH enrolled, taken[..$page] AS rows, size(taken) > $page AS more
RETURN [row IN rows | row.ix] AS ixs, [row IN rows | row.person.id] AS ids, [row IN rows | row.person.name] AS names,
       [row IN rows | row.level] AS levels, [row IN rows | row.parent_id] AS parent_ids, [row IN rows | row.slot] AS slots, enrolled, more
