// name: append_facts
// mode: WRITE
// description: Writes facts, and moves the end of their chain; the second label of each is its kind. Head is locked by take_head.
// param: rows :: LIST OF MAP {kind, fact: all properties}
// param: head :: MAP what Head says when the decision that these facts are of is written: seq, hash, people, recorded_at
// output: written :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 facts
MATCH (h:Head {name: 'head'})
SET h += $head
WITH h
UNWIND $rows AS row
CREATE (f:Fact:$(row.kind))
SET f = row.fact
RETURN count(f) AS written
