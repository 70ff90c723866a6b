// name: load_places
// mode: READ
// description: The slots and outside ends that placements and moves are judged by.
// param: slots :: LIST OF ANY [parent ix, slot] asked about
// param: legs :: LIST OF ANY [ix, slot] whose outside end is asked for
// output: slot_children :: LIST OF ANY [parent ix, slot, child ix] of the taken slots
// output: tails :: LIST OF ANY [ix, slot, ix of the outside end]
// cost: O(slots + length of each run of same-side children)
// budget_ms: 100
// note: DISTINCT people make a walk go breadth first, without every row keeping its whole way; a last step in the same
//   MATCH would be compared with all before it
CALL () {
  UNWIND $slots AS asked
  MATCH ()-[r:PLACED_UNDER {parent: asked[0], slot: asked[1]}]->()
  RETURN collect([r.parent, r.slot, r.child]) AS slot_children
}
CALL () {
  UNWIND $legs AS leg
  MATCH (d:Distributor {ix: leg[0]})
  CALL (d, leg) {
    MATCH (d)<-[:PLACED_UNDER*0.. {slot: leg[1]}]-(below)
    WITH DISTINCT below // breadth first, so the outside end comes last
    WITH collect(below) AS run
    RETURN run[-1] AS tail
  }
  RETURN collect([leg[0], leg[1], tail.ix]) AS tails
}
RETURN slot_children, tails
