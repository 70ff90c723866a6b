// name: page_of_facts
// mode: READ
// description: Facts after a sequence number, in order, as parallel lists.
// param: after :: INTEGER sequence number to start after
// param: page :: INTEGER how many at most
// output: seqs :: LIST OF INTEGER
// output: kinds :: LIST OF STRING
// output: keys :: LIST OF STRING
// output: actors :: LIST OF STRING
// output: reasons :: LIST OF STRING
// output: valid_at :: LIST OF INTEGER epoch milliseconds
// output: recorded_at :: LIST OF INTEGER epoch milliseconds
// output: bodies :: LIST OF STRING canonical JSON of the commands
// output: body_hashes :: LIST OF STRING
// output: hashes :: LIST OF STRING
// output: decided :: LIST OF ANY what each decided: the columns of its kind in alphabetical order (DECIDED in app/facts/decide.py)
// cost: O(page)
// budget_ms: 1000 because one call reads up to 20,000 facts
MATCH (f:Fact)
WHERE f.seq > $after AND f.seq <= $after + $page
WITH f ORDER BY f.seq
RETURN collect(f.seq) AS seqs, collect(f.kind) AS kinds, collect(f.key) AS keys, collect(f.actor) AS actors,
       collect(f.reason) AS reasons, collect(f.valid_at) AS valid_at, collect(f.recorded_at) AS recorded_at,
       collect(f.body) AS bodies, collect(f.body_hash) AS body_hashes, collect(f.hash) AS hashes,
       collect(CASE
         WHEN f.kind = 'Enrol' THEN [f.ix, f.parent_id, f.parent_ix, f.slot, f.sponsor_ix]
         WHEN f.kind = 'Place' THEN [f.ix, f.parent_id, f.parent_ix, f.slot]
         WHEN f.kind = 'Move' THEN [f.ix, f.old_parent_ix, f.old_slot, f.parent_ix, f.slot, f.tree]
         WHEN f.kind = 'Register' THEN [f.distributor_ix]
         WHEN f.kind = 'Order' THEN [f.buyer_ix, f.calendar, f.customer_id, f.cv, f.order_id, f.period, f.pv, f.seller_ix]
         WHEN f.kind = 'Return' THEN [f.buyer_ix, f.calendar, f.customer_id, f.cv, f.order_id, f.period, f.pv, f.seller_ix, f.return_of]
         WHEN f.kind IN ['OpenPeriod', 'ClosePeriod'] THEN [f.calendar, f.period]
         WHEN f.kind = 'CommitRun' THEN [f.calendar, f.period, f.run_id]
         ELSE [] END) AS decided
