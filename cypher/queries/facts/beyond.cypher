// name: beyond
// mode: READ
// description: Facts with numbers above a number, and how many facts there are by the store's own counter.
// param: seq :: INTEGER
// param: page :: INTEGER how many numbers at most
// output: seqs :: LIST OF INTEGER the lowest of them
// output: facts :: INTEGER all facts, whatever their numbers
// cost: O(page)
// budget_ms: 100
CALL () {
  MATCH (f:Fact)
  WHERE f.seq > $seq
  WITH f.seq AS seq ORDER BY seq LIMIT $page
  RETURN collect(seq) AS seqs
}
RETURN seqs, COUNT { (:Fact) } AS facts
