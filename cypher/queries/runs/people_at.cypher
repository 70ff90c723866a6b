// name: people_at
// mode: READ
// description: How many people were enrolled by a sequence number: ix is dense and grows with it, so the last one tells.
// param: seq :: INTEGER
// output: people :: INTEGER
// cost: O(1)
// budget_ms: 100
MATCH (d:Distributor)
WHERE d.enrol_seq <= $seq
WITH d ORDER BY d.enrol_seq DESC LIMIT 1
RETURN d.ix + 1 AS people
