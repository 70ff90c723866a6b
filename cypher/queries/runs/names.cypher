// name: names
// mode: READ
// description: Names and statuses of people in the order in which they are asked about.
// param: ixs :: LIST OF INTEGER
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// cost: O(ixs); budget_ms: 1000 because a frontline may hold 50,000
UNWIND range(0, size($ixs) - 1) AS row
MATCH (d:Distributor {ix: $ixs[row]})
WITH d ORDER BY row
RETURN collect(d.name) AS names, collect(d.status) AS statuses
