// name: opening_month
// mode: READ
// description: The month that begins with what people brought along from a former system; no row without any.
// output: period :: INTEGER number of the month
// cost: O(1)
// budget_ms: 50
MATCH (f:Opening) WHERE f.ix >= 0 AND f.period > 0 // the index is on both; all openings are of one month
RETURN f.period AS period LIMIT 1
