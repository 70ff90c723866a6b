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
WITH properties(f) AS p // one walk along the properties instead of one each
RETURN collect(p.seq) AS seqs, collect(p.kind) AS kinds, collect(p.key) AS keys, collect(p.actor) AS actors,
       collect(p.reason) AS reasons, collect(p.valid_at) AS valid_at, collect(p.recorded_at) AS recorded_at,
       collect(p.body) AS bodies, collect(p.body_hash) AS body_hashes, collect(p.hash) AS hashes,
       collect(CASE
         WHEN p.kind = 'Enrol' THEN [p.ix, p.parent_id, p.parent_ix, p.slot, p.sponsor_ix, p.sponsored_at]
         WHEN p.kind = 'Place' THEN [p.ix, p.parent_id, p.parent_ix, p.slot]
         WHEN p.kind = 'Move' THEN [p.ix, p.old_parent_ix, p.old_slot, p.parent_ix, p.slot, p.tree]
         WHEN p.kind = 'PastMove' THEN [p.ix, p.parent_ix, p.since, p.slot, p.tree]
         WHEN p.kind = 'Register' THEN [p.distributor_ix]
         WHEN p.kind = 'Order' THEN [p.buyer_ix, p.calendar, p.customer_id, p.cv, p.order_id, p.period, p.pv, p.seller_ix]
         WHEN p.kind = 'Return' THEN [p.buyer_ix, p.calendar, p.customer_id, p.cv, p.order_id, p.period, p.pv, p.seller_ix, p.return_of]
         WHEN p.kind IN ['OpenPeriod', 'ClosePeriod'] THEN [p.calendar, p.period]
         WHEN p.kind = 'CommitRun' THEN [p.calendar, p.period, p.run_id]
         ELSE [] END) AS decided
