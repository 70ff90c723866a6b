// name: open_slots_matrix
// mode: READ
// description: the nearest open slots at and below a person in the matrix, nearest level first and from the left; no
//   row when the person does not exist, none of them when the person has no place
// param: id :: STRING the person
// param: most :: INTEGER = 50 how many at most, up to 200
// output: parent_ixs :: LIST OF INTEGER who stands above the open slot
// output: parent_ids :: LIST OF STRING
// output: parent_names :: LIST OF STRING
// output: slots :: LIST OF INTEGER 1 to the width of the matrix, from the left
// output: levels :: LIST OF INTEGER of the slot, 1 directly below the person
// cost: O(most * log people below): of each level only the people are followed whose open slots are the nearest; budget_ms: 100
// note: everybody knows how far below the nearest open slot is (app/places/matrix.py), so the first `most` people of a level by
//   that distance, from the left, hold the nearest `most` slots
MATCH (head:Head {name: 'head'})
MATCH (root:Distributor {id: $id})
WITH root, head.matrix_width AS width,
     head.matrix_width IS NOT NULL AND (coalesce(root.matrix_parent_ix, -1) >= 0 OR root.sponsor_ix < 0) AS placed, CASE WHEN $most < 200 THEN $most ELSE 200 END AS most
WITH reduce(
  walk = {people: CASE WHEN placed THEN [root] ELSE [] END, found: []},
  level IN range(1, 6500) |
    CASE WHEN size(walk.people) = 0 OR size(walk.found) >= most THEN walk
    ELSE head([
      below IN [COLLECT {
        UNWIND range(0, size(walk.people) - 1) AS place
        WITH place, walk.people[place] AS above
        MATCH (above)<-[under:SEATED_UNDER]-(child)
        RETURN {person: child} ORDER BY place, under.slot
      }] |
      {
        people: [place IN COLLECT {
          UNWIND range(0, size(below) - 1) AS place
          WITH place ORDER BY coalesce(below[place].person.matrix_open_distance, 0), place LIMIT CASE WHEN $most < 200 THEN $most ELSE 200 END
          RETURN place ORDER BY place
        } | below[place].person],
        found: walk.found + [
          open IN COLLECT {
            UNWIND range(0, size(walk.people) - 1) AS place
            WITH place, walk.people[place] AS above
            WHERE coalesce(above.matrix_open_distance, 0) = 0
            UNWIND range(1, width) AS slot
            WITH place, above, slot
            WHERE NOT EXISTS { (above)<-[:SEATED_UNDER {slot: slot}]-() }
            RETURN {parent: above, slot: slot, level: level} ORDER BY place, slot
          } | open
        ]
      }
    ]) END
).found[..most] AS found
RETURN [open IN found | open.parent.ix] AS parent_ixs, [open IN found | open.parent.id] AS parent_ids,
       [open IN found | open.parent.name] AS parent_names, [open IN found | open.slot] AS slots,
       [open IN found | open.level] AS levels
