// name: lost_statements
// mode: READ
// description: How many statements name no run, or no person by number: no page of a run's statements holds them.
// output: statements :: INTEGER
// cost: O(statements); budget_ms: 60000 because it looks at those of every run
// plan: allows NodeByLabelScan because no index holds a statement that lacks what it is indexed by
MATCH (s:Statement)
WHERE NOT s.ix IS :: INTEGER NOT NULL OR s.run IS NULL
RETURN count(s) AS statements
