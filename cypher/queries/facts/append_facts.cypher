// name: append_facts
// mode: WRITE
// description: Writes facts; the second label of each is its kind. Head is locked by take_head.
// param: rows :: LIST OF MAP {kind, fact: all properties}
// output: written :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 facts
UNWIND $rows AS row
CREATE (f:Fact:$(row.kind))
SET f = row.fact
RETURN count(f) AS written
