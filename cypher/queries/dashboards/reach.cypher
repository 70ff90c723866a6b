// name: reach
// mode: READ
// description: what a search for the newest below a person begins with; no row when the person does not exist
// param: id :: STRING the person
// output: ix :: INTEGER the person's inner number
// output: version :: INTEGER the last fact that changed the sponsor subtree; -1 when the roll-up has not reached the person
// output: heads :: INTEGER people in the sponsor subtree as rolled up, the person among them
// output: people :: INTEGER how many there are in the company; the newest has the inner number before
// output: as_of_seq :: INTEGER the last fact rolled up, read before the version
// output: seq :: INTEGER the last fact of all
// cost: O(1); budget_ms: 20
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS as_of_seq
MATCH (person:Distributor {id: $id})
OPTIONAL MATCH (t:Tally {ix: person.ix, calendar: 'monthly'})
WITH person.ix AS ix, coalesce(t.sponsor_seq, -1) AS version, coalesce(t.sponsor_count, 0) AS heads, as_of_seq
MATCH (head:Head {name: 'head'})
RETURN ix, version, heads, head.people AS people, as_of_seq, head.seq AS seq
