// name: pay_statements
// mode: WRITE
// description: Marks the statements of people whom a step of a run pays by name.
// param: rows :: LIST OF MAP {run_id, distributor, seq: the fact}
// output: paid :: INTEGER
// cost: O(rows)
// budget_ms: 200 because one step pays up to 1,000 people
UNWIND $rows AS row
MATCH (d:Distributor {id: row.distributor})
USING INDEX SEEK d:Distributor(id)
MATCH (s:Statement {run: row.run_id, ix: d.ix})
USING INDEX SEEK s:Statement(run, ix)
SET s.paid_seq = row.seq
RETURN count(s) AS paid
