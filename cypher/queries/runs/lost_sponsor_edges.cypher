// name: lost_sponsor_edges
// mode: READ
// description: Who of some people says that they stand below somebody in the sponsor tree, while no edge leads there.
// param: ixs :: LIST OF INTEGER
// output: ixs :: LIST OF INTEGER
// cost: O(people given)
// budget_ms: 1000 because one call looks at 20,000 people
UNWIND $ixs AS ix
MATCH (child:Distributor {ix: ix})
USING INDEX SEEK child:Distributor(ix)
WHERE child.sponsor_ix >= 0 AND NOT EXISTS { MATCH ()-[r:SPONSORED_BY]->() WHERE r.child = ix }
RETURN collect(ix) AS ixs
