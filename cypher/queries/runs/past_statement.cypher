// name: past_statement
// mode: READ
// description: The statement that a former system made for a distributor and a period.
// param: id :: STRING
// param: calendar :: STRING
// param: period :: INTEGER number of the period
// output: seq :: INTEGER
// output: body :: STRING canonical JSON of the fact, with the lines
// cost: O(1)
// budget_ms: 100
MATCH (d:Distributor {id: $id})
MATCH (f:PastStatement {ix: d.ix, calendar: $calendar, period: $period})
RETURN f.seq AS seq, f.body AS body
