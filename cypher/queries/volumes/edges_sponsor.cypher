// name: edges_sponsor
// mode: READ
// description: every edge of the sponsor tree, live and ended, of a range of children, for a recomputation
// param: from_ix :: INTEGER first child
// param: to_ix :: INTEGER the child after the last
// output: edges :: LIST OF ANY [child, parent, seq_from, valid_from ms, seq_to or null, valid_to ms or null]
// cost: O(range); budget_ms: 1000 because one call reads up to 20,000 people
UNWIND range($from_ix, $to_ix - 1) AS ix
MATCH (d:Distributor {ix: ix})-[e:SPONSORED_BY|WAS_SPONSORED_BY]->()
RETURN collect([e.child, e.parent, e.seq_from, e.valid_from, e.seq_to, e.valid_to]) AS edges
