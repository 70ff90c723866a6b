// name: load_places
// mode: READ
// description: The surroundings that placements and moves are judged by.
// param: slots :: LIST OF ANY [parent ix, slot] asked about
// param: legs :: LIST OF ANY [ix, slot] whose outside end is asked for
// param: binary_ixs :: LIST OF INTEGER people whose way up the binary tree is needed
// param: sponsor_ixs :: LIST OF INTEGER people whose way up the sponsor tree is needed
// output: slot_children :: LIST OF ANY [parent ix, slot, child ix] of the taken slots
// output: tails :: LIST OF ANY [ix, slot, ix of the outside end]
// output: binary_children :: LIST OF INTEGER everybody on the ways up, a few of them twice
// output: binary_parents :: LIST OF INTEGER the parent of each
// output: sponsor_children :: LIST OF INTEGER
// output: sponsor_parents :: LIST OF INTEGER
// cost: O(slots + depth of each way up + length of each run of same-side children)
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
CALL () {
  // The first levels of all, then the rest of the way from where they met: most ways up join soon.
  UNWIND $binary_ixs AS ix
  MATCH (:Distributor {ix: ix})-[:PLACED_UNDER*0..63]->()-[up:PLACED_UNDER]->()
  WITH DISTINCT up
  RETURN collect(up.child) AS near_binary_children, collect(up.parent) AS near_binary_parents
}
CALL (near_binary_children) {
  UNWIND $binary_ixs AS ix
  MATCH (:Distributor {ix: ix})-[:PLACED_UNDER*64]->(far)
  WITH DISTINCT far
  WHERE NOT far.ix IN near_binary_children // else the way goes on from where another one came by
  MATCH (far)-[:PLACED_UNDER*0..]->(below)
  WITH DISTINCT below
  MATCH (below)-[up:PLACED_UNDER]->()
  WITH DISTINCT up
  RETURN collect(up.child) AS far_binary_children, collect(up.parent) AS far_binary_parents
}
CALL () {
  // The first levels of all, then the rest of the way from where they met: most ways up join soon.
  UNWIND $sponsor_ixs AS ix
  MATCH (:Distributor {ix: ix})-[:SPONSORED_BY*0..63]->()-[up:SPONSORED_BY]->()
  WITH DISTINCT up
  RETURN collect(up.child) AS near_sponsor_children, collect(up.parent) AS near_sponsor_parents
}
CALL (near_sponsor_children) {
  UNWIND $sponsor_ixs AS ix
  MATCH (:Distributor {ix: ix})-[:SPONSORED_BY*64]->(far)
  WITH DISTINCT far
  WHERE NOT far.ix IN near_sponsor_children // else the way goes on from where another one came by
  MATCH (far)-[:SPONSORED_BY*0..]->(below)
  WITH DISTINCT below
  MATCH (below)-[up:SPONSORED_BY]->()
  WITH DISTINCT up
  RETURN collect(up.child) AS far_sponsor_children, collect(up.parent) AS far_sponsor_parents
}
RETURN slot_children, tails,
       near_binary_children + far_binary_children AS binary_children,
       near_binary_parents + far_binary_parents AS binary_parents,
       near_sponsor_children + far_sponsor_children AS sponsor_children,
       near_sponsor_parents + far_sponsor_parents AS sponsor_parents
