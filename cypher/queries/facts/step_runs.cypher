// name: step_runs
// mode: WRITE
// description: Takes runs a step further, in the order of their facts, or tells them what superseded them.
// param: rows :: LIST OF MAP {run_id, marks: properties, null takes one away; paid_people, paid_amount: paid by the step, minor units}
// output: stepped :: INTEGER
// cost: O(rows)
// budget_ms: 100
UNWIND $rows AS row
MATCH (r:Run {id: row.run_id})
USING INDEX SEEK r:Run(id)
SET r += row.marks, r.paid_people = coalesce(r.paid_people, 0) + row.paid_people,
    r.paid_amount = coalesce(r.paid_amount, 0) + row.paid_amount
RETURN count(r) AS stepped
