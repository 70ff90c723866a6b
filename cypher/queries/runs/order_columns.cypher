// name: order_columns
// mode: READ
// description: A page of a period's orders and returns up to a seq, as parallel lists in the order of their facts.
// param: calendar :: STRING
// param: period :: INTEGER
// param: after :: INTEGER seq to start after
// param: seq :: INTEGER last seq that counts
// param: page :: INTEGER how many at most
// output: seqs :: LIST OF INTEGER
// output: order_ids :: LIST OF STRING
// output: sellers :: LIST OF INTEGER ix whose volume it is
// output: buyers :: LIST OF INTEGER ix, or -1 for a customer's
// output: pvs :: LIST OF INTEGER minor units
// output: cvs :: LIST OF INTEGER minor units
// cost: O(page)
// budget_ms: 1000 because one call reads 20,000 orders
MATCH (f:Fact)
WHERE f.calendar = $calendar AND f.period = $period AND f.seq > $after AND f.seq <= $seq AND f.order_id IS NOT NULL
WITH f ORDER BY f.seq LIMIT $page
RETURN collect(f.seq) AS seqs, collect(f.order_id) AS order_ids, collect(f.seller_ix) AS sellers,
       collect(f.buyer_ix) AS buyers, collect(f.pv) AS pvs, collect(f.cv) AS cvs
