// name: save_statements
// mode: WRITE
// description: Statement totals of a run for Cypher; a statement that is there already is left as it is.
// param: run :: STRING
// param: rows :: LIST OF MAP {ix, totals: {amount, rank, bonus amounts…, minor units}}
// output: saved :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 statements
UNWIND $rows AS row
MERGE (s:Statement {run: $run, ix: row.ix})
  ON CREATE SET s += row.totals
RETURN count(s) AS saved
