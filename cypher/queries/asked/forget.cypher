// name: forget
// mode: WRITE
// description: Deletes commands that were asked for and answered long ago. Their facts stay.
// param: before :: INTEGER epoch milliseconds
// param: most :: INTEGER how many at once
// output: forgotten :: INTEGER
// cost: O(what goes)
// budget_ms: 100
MATCH (a:Asked)
USING INDEX SEEK a:Asked(answered_at)
WHERE a.answered_at < $before
WITH a LIMIT $most
DELETE a
RETURN count(*) AS forgotten
