// name: load_places
// mode: READ
// description: The surroundings that placements and moves are judged by.
// param: slots :: LIST OF ANY [parent ix, slot] asked about
// param: legs :: LIST OF ANY [ix, slot] whose outside end is asked for
// param: binary_ixs :: LIST OF INTEGER people whose chain up the binary tree is needed
// param: sponsor_ixs :: LIST OF INTEGER people whose chain up the sponsor tree is needed
// output: children :: LIST OF ANY [parent ix, slot, child ix] of the slots that are taken
// output: tails :: LIST OF ANY [ix, slot, tail ix]
// output: binary_chains :: LIST OF ANY [ix, parent ix, …, top ix]
// output: sponsor_chains :: LIST OF ANY [ix, sponsor ix, …, top ix]
// cost: O(slots + depth of each chain + length of each run of same-side children)
// budget_ms: 100
CALL () {
  UNWIND $slots AS asked
  MATCH ()-[r:PLACED_UNDER {parent: asked[0], slot: asked[1]}]->()
  RETURN collect([r.parent, r.slot, r.child]) AS children
}
CALL () {
  UNWIND $legs AS leg
  MATCH (d:Distributor {ix: leg[0]})<-[:PLACED_UNDER*0.. {slot: leg[1]}]-(tail)
  WHERE NOT EXISTS { (tail)<-[:PLACED_UNDER {slot: leg[1]}]-() }
  RETURN collect([leg[0], leg[1], tail.ix]) AS tails
}
CALL () {
  UNWIND $binary_ixs AS ix
  MATCH path = (d:Distributor {ix: ix})-[:PLACED_UNDER*0..]->(top)
  WHERE NOT EXISTS { (top)-[:PLACED_UNDER]->() }
  RETURN collect([n IN nodes(path) | n.ix]) AS binary_chains
}
CALL () {
  UNWIND $sponsor_ixs AS ix
  MATCH path = (d:Distributor {ix: ix})-[:SPONSORED_BY*0..]->(top)
  WHERE NOT EXISTS { (top)-[:SPONSORED_BY]->() }
  RETURN collect([n IN nodes(path) | n.ix]) AS sponsor_chains
}
RETURN children, tails, binary_chains, sponsor_chains
