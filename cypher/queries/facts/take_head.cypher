// name: take_head
// mode: WRITE
// description: Takes the lock that makes one writer at a time, held until the transaction ends. It returns nothing of
//   Head: what a statement reads beside its own SET may have been read before the lock was granted.
// output: taken :: INTEGER 1, or 0 when the graph has no Head
// cost: O(1)
// budget_ms: 100
MATCH (h:Head {name: 'head'})
SET h.locks = coalesce(h.locks, 0) + 1
RETURN count(*) AS taken
