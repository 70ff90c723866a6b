// name: next
// mode: READ
// description: The command that was asked for first of those that wait; no row when none does. Whoever was tried often in vain is passed by
//   until their time comes.
// param: now :: INTEGER epoch milliseconds
// param: patience :: INTEGER so many tries the others wait for
// output: asked :: MAP all its properties: key, kind, actor, reason, tries, again_from once it was tried in vain, and what was said
// cost: O(1): one entry of the index, and those that are passed by
// budget_ms: 20
MATCH (a:Asked)
USING INDEX SEEK a:Asked(waiting)
WHERE a.waiting > 0 AND (a.tries < $patience OR a.again_from <= $now)
WITH a ORDER BY a.waiting LIMIT 1
RETURN properties(a) AS asked
