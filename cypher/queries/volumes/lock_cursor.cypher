// name: lock_cursor
// mode: WRITE
// description: takes the roll-up's lock: nobody else rolls up until this transaction ends. What the cursor says is read
//   afterwards, by read_cursor, since a value read before the lock may be old
// param: holder :: STRING who locks
// output: locked :: INTEGER 1
// cost: O(1), and the wait for whoever holds it; budget_ms: 100
MATCH (c:Cursor {name: 'rollup'})
SET c.locked_by = $holder
RETURN count(c) AS locked
