// name: load_runs
// mode: READ
// description: How runs stand, beside the run of each one's period that was voided and has no successor yet.
// param: run_ids :: LIST OF STRING
// output: runs :: LIST OF ANY [id, voided run of its period or null, {state, hash and all else that the next step asks}]
// cost: O(runs given)
// budget_ms: 100
UNWIND $run_ids AS id
MATCH (r:Run {id: id})
USING INDEX SEEK r:Run(id)
OPTIONAL MATCH (p:Period {calendar: r.calendar, number: r.period})
USING INDEX SEEK p:Period(calendar, number)
RETURN collect([r.id, p.voided_run, {
  calendar: r.calendar, period: r.period, state: r.state, hash: r.hash, seq: r.seq,
  carries_from: r.carries_from, payees: r.payees, amount: r.amount, plan_name: r.plan_name, plan_hash: r.plan_hash,
  paid_people: coalesce(r.paid_people, 0),
  paid_amount: coalesce(r.paid_amount, 0), sent_by: r.sent_by, locked_by: r.locked_by, stepped_by: r.stepped_by,
  stepped_seq: r.stepped_seq
}]) AS runs
