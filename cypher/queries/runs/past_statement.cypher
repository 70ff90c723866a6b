// name: past_statement
// mode: READ
// description: The statement that a former system made for a distributor and a month.
// param: id :: STRING
// param: period :: INTEGER number of the month
// output: seq :: INTEGER
// output: body :: STRING canonical JSON of the fact, with the lines
// cost: O(1)
// budget_ms: 100
MATCH (d:Distributor {id: $id})
MATCH (f:PastStatement {period: $period, ix: d.ix})
RETURN f.seq AS seq, f.body AS body
