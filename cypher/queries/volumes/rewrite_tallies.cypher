// name: rewrite_tallies
// mode: WRITE
// description: makes tallies what a recomputation says; one that is missing is made
// param: rows :: LIST OF MAP all properties of each: ix, calendar, counts, versions and both slots
// output: written :: INTEGER
// cost: O(rows); budget_ms: 2000 because one call writes up to 10,000
UNWIND $rows AS row
MERGE (t:Tally {ix: row.ix, calendar: row.calendar})
SET t = row
RETURN count(t) AS written
