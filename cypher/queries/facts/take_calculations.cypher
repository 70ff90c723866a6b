// name: take_calculations
// mode: WRITE
// description: Locks calculations until the transaction ends, so that no worker ends one meanwhile, then reads what became of them.
// param: ids :: LIST OF STRING
// output: calculations :: LIST OF ANY [id, state, calendar, period] of those that exist
// output: waiting :: INTEGER how many of all have not come to their end
// cost: O(ids and what waits)
// budget_ms: 100
// note: what a MATCH finds may be read before its SET waits for the lock, so all is found anew: see take_head
CALL () {
  UNWIND $ids AS id
  MATCH (locked:Calculation {id: id})
  USING INDEX SEEK locked:Calculation(id)
  SET locked.locks = coalesce(locked.locks, 0) + 1
  RETURN count(*) AS taken
}
CALL (taken) {
  UNWIND $ids AS id
  MATCH (c:Calculation {id: id})
  USING INDEX SEEK c:Calculation(id)
  RETURN collect([c.id, c.state, c.calendar, c.period]) AS calculations
}
CALL () {
  MATCH (c:Calculation)
  USING INDEX SEEK c:Calculation(state)
  WHERE c.state IN ['draft', 'queued', 'calculating']
  RETURN count(c) AS waiting
}
RETURN calculations, waiting
