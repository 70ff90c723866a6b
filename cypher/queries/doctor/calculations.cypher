// name: calculations
// mode: READ
// description: Calculations beside the facts that asked for them, queued and cancelled them, and the runs that they came to.
// param: page :: INTEGER how many of the wrong ones are named
// output: asked :: INTEGER facts that asked for one
// output: stored :: INTEGER
// output: wrong :: INTEGER how many say otherwise than their facts, or name no stored run where they are done
// output: ids :: LIST OF STRING the first of them
// cost: O(calculations)
// budget_ms: 1000 because it reads all of them, and companies that ask every night have thousands
CALL () {
  MATCH (c:Calculation)
  USING INDEX SEEK c:Calculation(requested_seq)
  WHERE c.requested_seq > 0
  OPTIONAL MATCH (asked:Fact {seq: c.requested_seq})
  OPTIONAL MATCH (queued:Fact {seq: c.queued_seq})
  OPTIONAL MATCH (cancelled:Fact {seq: c.cancelled_seq})
  OPTIONAL MATCH (r:Run {id: c.run})
  WITH c,
       coalesce(asked:RequestRun AND asked.calculation_id = c.id AND asked.calendar = c.calendar AND asked.period = c.period, false)
       AND coalesce((queued:QueueRun OR queued:RequestRun) AND queued.calculation_id = c.id, c.queued_seq IS NULL)
       AND coalesce(cancelled:CancelRun AND cancelled.calculation_id = c.id, c.cancelled_seq IS NULL)
       AND (c.state = 'cancelled') = (c.cancelled_seq IS NOT NULL)
       AND (c.state = 'draft') = (c.queued_seq IS NULL AND c.cancelled_seq IS NULL)
       AND (c.state = 'done') = (r IS NOT NULL AND r.period = c.period AND r.plan_hash = c.plan_hash) AS well
  WITH c.id AS id WHERE NOT well ORDER BY id
  WITH collect(id) AS ids
  RETURN size(ids) AS wrong, ids[..$page] AS ids
}
RETURN COUNT { (:RequestRun) } AS asked, COUNT { (:Calculation) } AS stored, wrong, ids
