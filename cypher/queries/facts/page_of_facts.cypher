// name: page_of_facts
// mode: READ
// description: Facts after a sequence number, in order, as parallel lists; columns of the order facts included for checking.
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
// output: data :: LIST OF STRING canonical JSON of what was decided
// output: hashes :: LIST OF STRING
// output: orders :: LIST OF ANY [order_id, seller_ix, buyer_ix, customer_id, calendar, period, pv, cv] or nulls
// cost: O(page)
// budget_ms: 1000 because one call reads up to 20,000 facts
MATCH (f:Fact)
WHERE f.seq > $after AND f.seq <= $after + $page
WITH f ORDER BY f.seq
RETURN collect(f.seq) AS seqs, collect(f.kind) AS kinds, collect(f.key) AS keys, collect(f.actor) AS actors,
       collect(f.reason) AS reasons, collect(f.valid_at.epochMillis) AS valid_at,
       collect(f.recorded_at.epochMillis) AS recorded_at, collect(f.body) AS bodies,
       collect(f.body_hash) AS body_hashes, collect(f.data) AS data, collect(f.hash) AS hashes,
       collect([f.order_id, f.seller_ix, f.buyer_ix, f.customer_id, f.calendar, f.period, f.pv, f.cv]) AS orders
