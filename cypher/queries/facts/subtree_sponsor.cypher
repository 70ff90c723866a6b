// name: subtree_sponsor
// mode: READ
// description: How many people stand at or below somebody in the sponsor tree; counting ends at `most`.
// param: ix :: INTEGER
// param: most :: INTEGER
// output: people :: INTEGER
// cost: O(most)
// budget_ms: 1000 because a company may allow large branches to move
MATCH (start:Distributor {ix: $ix})<-[:SPONSORED_BY*0..]-(below)
USING INDEX SEEK start:Distributor(ix)
WITH DISTINCT below LIMIT $most
RETURN count(below) AS people
