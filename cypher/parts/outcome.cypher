// What became of `asked`; or the `fault` for which it was not taken.
OPTIONAL MATCH (fact:Fact {seq: asked.seq})
USING INDEX SEEK fact:Fact(seq)
RETURN $key AS key,
       CASE WHEN fault IS NOT NULL OR asked.problem IS NOT NULL THEN 'refused' WHEN asked.answered_at IS NULL THEN 'waiting' ELSE 'done' END AS state,
       asked.kind AS kind, asked.id AS id, fact.seq AS seq, fact.parent_id AS parent_id, fact.slot AS slot, fact.why AS why,
       fact.matrix_parent_id AS matrix_parent_id, fact.matrix_slot AS matrix_slot, fact.matrix_why AS matrix_why,
       '/problems/' + coalesce(fault[0], asked.problem) AS problem, coalesce(fault[1], asked.detail) AS detail,
       coalesce(asked.fields, []) AS fields, asked.tries AS tries, asked.asked_at AS asked_at, asked.answered_at AS answered_at
