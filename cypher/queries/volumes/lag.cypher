// name: lag
// mode: READ
// description: how far the roll-up is behind the facts
// output: head_seq :: INTEGER the last fact
// output: cursor_seq :: INTEGER the last fact rolled up
// output: waiting_since :: INTEGER epoch ms when the oldest fact that waits was recorded; 0 when none waits
// cost: O(1); budget_ms: 100
MATCH (h:Head {name: 'head'})
WITH h.seq AS head_seq
MATCH (c:Cursor {name: 'rollup'})
WITH head_seq, c.seq AS cursor_seq
OPTIONAL MATCH (f:Fact {seq: cursor_seq + 1})
RETURN head_seq, cursor_seq, coalesce(f.recorded_at, 0) AS waiting_since
