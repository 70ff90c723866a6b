// name: open_slot_outside
// mode: READ
// description: where a newcomer would be placed at the outside end of a person's leg, and why; nothing is placed. No row
//   when the person does not exist
// param: id :: STRING the person whose leg it is
// param: slot :: INTEGER 1 for the left leg, 2 for the right
// output: parent_id :: STRING under whom; empty when nobody can be placed there
// output: parent_slot :: INTEGER in which slot, 0 when nobody can be placed there
// output: distance :: INTEGER how many people of the leg's outside stand between, 0 when the person's own slot is open
// output: reason :: STRING in words
// cost: O(length of the leg's outside); budget_ms: 100
MATCH (person:Distributor {id: $id})
WITH person, EXISTS { (person)-[:PLACED_UNDER]->() } OR NOT EXISTS { (person)-[:SPONSORED_BY]->() } AS placed
CALL (person) {
  MATCH (person)<-[:PLACED_UNDER*0.. {slot: $slot}]-(below)
  WITH DISTINCT below // breadth first, so the outside end comes last, and without every row keeping its whole way
  WITH collect(below) AS run
  RETURN run[-1] AS tail, size(run) - 1 AS distance
}
WITH person, placed, tail, distance, CASE $slot WHEN 1 THEN 'left' ELSE 'right' END AS side,
     placed AND $slot IN [1, 2] AS possible
RETURN CASE WHEN possible THEN tail.id ELSE '' END AS parent_id,
       CASE WHEN possible THEN $slot ELSE 0 END AS parent_slot,
       CASE WHEN possible THEN distance ELSE 0 END AS distance,
       CASE
         WHEN NOT $slot IN [1, 2] THEN 'slot ' + toString($slot) + ' does not exist; 1 is left, 2 is right'
         WHEN NOT placed THEN person.id + ' has no place in the binary tree yet, so nobody can be placed below'
         WHEN distance = 0 THEN 'the ' + side + ' slot of ' + person.id + ' is open'
         ELSE 'the ' + side + ' leg of ' + person.id + ' goes down ' + toString(distance) + ' on its outside to '
              + tail.id + ', whose ' + side + ' slot is open'
       END AS reason
