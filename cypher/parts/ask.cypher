// Stands in enrol, place and move behind their `kind` and what is `said`: asks once under the key, and tells what became of it.
WITH kind, said, CASE
       WHEN NOT coalesce($key =~ '[!-~]([ -~]{0,198}[!-~])?', false)
         THEN ['invalid-input', 'key: 1 to 200 printable ASCII characters, with no space at either end']
       WHEN coalesce($actor, '') = '' THEN ['invalid-input', 'actor: say who asks']
       WHEN reduce(length = size($actor) + size(coalesce($reason, '')), name IN keys(said) | length + size(coalesce(toString(said[name]), ''))) > 4000
         THEN ['content-too-large', 'What is asked has more than 4,000 characters; shorten it.']
     END AS fault
CALL (kind, said, fault) {
  WITH * WHERE fault IS NULL
  OPTIONAL MATCH (known:Asked {key: $key})
  USING INDEX SEEK known:Asked(key)
  WITH known WHERE known IS NULL
  MERGE (queue:Cursor {name: 'asked'})
  SET queue.locks = coalesce(queue.locks, 0) + 1
  // Counted, so that all below is found once the lock is held: see facts/take_head.
  WITH count(*) AS taken WHERE taken > 0
  CALL () {
    MATCH (waits:Asked)
    USING INDEX SEEK waits:Asked(waiting)
    WHERE waits.waiting > 0
    WITH waits LIMIT 1000
    RETURN count(waits) AS waiting
  }
  OPTIONAL MATCH (known:Asked {key: $key})
  USING INDEX SEEK known:Asked(key)
  WITH waiting, known WHERE known IS NULL AND waiting < 1000
  MATCH (queue:Cursor {name: 'asked'})
  WITH queue, coalesce(queue.seq, 0) + 1 AS number
  SET queue.seq = number
  CREATE (one:Asked)
  SET one = said
  SET one += {key: $key, kind: kind, actor: $actor, reason: coalesce($reason, ''), asked_at: timestamp(), waiting: number, tries: 0}
  RETURN count(one) AS written
}
OPTIONAL MATCH (found:Asked {key: $key})
USING INDEX SEEK found:Asked(key)
WITH found, CASE
       WHEN fault IS NOT NULL THEN fault
       WHEN found IS NULL THEN ['too-many-asked', '1,000 commands wait for a worker (banyan serve or banyan worker); ask again later.']
       WHEN found.kind <> kind OR any(name IN keys(said) WHERE coalesce(toString(found[name]), '') <> coalesce(toString(said[name]), ''))
         THEN ['idempotency-key-reused', 'Under this key something else was asked already: ' + found.kind + ' ' + coalesce(found.id, '')
               + '. Repeat that unchanged, or use a new key.']
     END AS fault
WITH fault, CASE WHEN fault IS NULL THEN found END AS asked
// statement: parts/outcome
