// name: load_runs
// mode: READ
// description: How runs stand, beside the run of each one's period that was voided and has no successor yet.
// param: run_ids :: LIST OF STRING
// output: runs :: LIST OF ANY [id, the voided run of its period after those that it superseded or nothing, {state, hash and all else that the next step asks}]
// cost: O(runs given)
// budget_ms: 100
UNWIND $run_ids AS id
MATCH (r:Run {id: id})
USING INDEX SEEK r:Run(id)
OPTIONAL MATCH (p:Period {calendar: r.calendar, number: r.period})
USING INDEX SEEK p:Period(calendar, number)
OPTIONAL MATCH (v:Run {id: p.voided_run})
USING INDEX SEEK v:Run(id)
RETURN collect([r.id, coalesce(v.before, []) + coalesce(v.id, []), {
  calendar: r.calendar, period: r.period, state: r.state, hash: r.hash, seq: r.seq,
  carries_from: r.carries_from, payees: r.payees, amount: r.amount, plan_name: r.plan_name, plan_hash: r.plan_hash,
  paid_people: coalesce(r.paid_people, 0),
  paid_amount: coalesce(r.paid_amount, 0), sent_by: r.sent_by, locked_by: r.locked_by, stepped_by: r.stepped_by,
  stepped_seq: r.stepped_seq, before: coalesce(r.before, []), set_off_people: coalesce(r.set_off_people, 0),
  set_off_amount: coalesce(r.set_off_amount, 0)
}]) AS runs
