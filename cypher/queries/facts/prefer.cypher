// name: prefer
// mode: WRITE
// description: How those whom people sponsor are placed where an enrolment leaves it to them.
// param: rows :: LIST OF MAP {ix, preference: STRING or null}
// output: written :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (d:Distributor {ix: row.ix})
USING INDEX SEEK d:Distributor(ix)
SET d.preference = row.preference
RETURN count(d) AS written
