// name: append_facts
// mode: WRITE
// description: Writes facts; each gets its kind as a second label. Head is locked by take_head.
// param: rows :: LIST OF MAP {kind, fact: all properties, valid_at, recorded_at, placed_at: epoch ms or null}
// output: written :: INTEGER
// cost: O(rows)
// budget_ms: 1000 because one call writes up to 5,000 facts
UNWIND $rows AS row
CREATE (f:Fact:$(row.kind))
SET f = row.fact,
    f.valid_at = datetime({epochMillis: row.valid_at}),
    f.recorded_at = datetime({epochMillis: row.recorded_at}),
    f.placed_at = CASE WHEN row.placed_at IS NULL THEN NULL ELSE datetime({epochMillis: row.placed_at}) END
RETURN count(f) AS written
