// name: upline_as_of_matrix
// mode: READ
// description: the people who stood above a person in the matrix at an instant, as far as was known at a fact, nearest first; no
//   row when the person does not exist
// param: id :: STRING the person, who is not in the answer
// param: at :: INTEGER the instant, epoch ms
// param: seq :: INTEGER the last fact that counts; what was written later is not known, even what is dated earlier
// param: levels :: INTEGER = 10000 how many levels up, at most 10000
// output: ixs :: LIST OF INTEGER the people's inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING as they are now
// output: levels_up :: LIST OF INTEGER 1 for the parent
// output: slots :: LIST OF INTEGER in which slot of each of them the person stood: from 1 to the matrix's width
// output: enrolled :: BOOLEAN whether the person was enrolled by then, as far as was known
// cost: O(depth of the person, and the moves of those above); budget_ms: 100
// note: the loop is one of downline_matrix, in blocks for the same reasons. Live edges are read before ended ones: one that a
//   move ends meanwhile is seen at least once
MATCH (root:Distributor {id: $id})
WITH root, root.enrol_seq <= $seq AND root.enrolled_at <= $at AS enrolled,
     CASE WHEN $levels < 10000 THEN $levels ELSE 10000 END AS highest
WITH enrolled, reduce(
  walk = {person: root, blocks: []},
  first IN range(1, highest, 32) |
    CASE WHEN walk.person IS NULL THEN walk
    ELSE head([
      block IN [reduce(
        turn = {person: walk.person, taken: []},
        level IN range(first, CASE WHEN highest < first + 31 THEN highest ELSE first + 31 END) |
          CASE WHEN turn.person IS NULL THEN turn
          ELSE head([
            above IN [COLLECT {
              UNWIND [turn.person] AS below
              CALL (below) {
                MATCH (below)-[edge:SEATED_UNDER]->(parent) WHERE edge.seq_from <= $seq AND edge.valid_from <= $at
                RETURN parent, edge.slot AS slot
                UNION
                // An edge that ended is there until then, or for ever as long as its end was not known.
                MATCH (below)-[edge:WAS_SEATED_UNDER]->(parent)
                WHERE edge.seq_from <= $seq AND edge.valid_from <= $at AND (edge.seq_to > $seq OR edge.valid_to > $at)
                  AND (edge.void_seq IS NULL OR edge.void_seq > $seq) // what was corrected by then never was
                RETURN parent, edge.slot AS slot
              }
              RETURN {person: parent, slot: slot} LIMIT 1
            }] |
            {person: above[0].person, taken: turn.taken + above}
          ]) END
      )] |
      {person: block.person, blocks: walk.blocks + [[one IN block.taken | one]]}
    ]) END
).blocks AS blocks
WITH enrolled, COLLECT { UNWIND blocks AS block UNWIND block AS one RETURN one } AS taken
RETURN [one IN taken | one.person.ix] AS ixs, [one IN taken | one.person.id] AS ids, [one IN taken | one.person.name] AS names,
       range(1, size(taken)) AS levels_up, [one IN taken | one.slot] AS slots, enrolled
