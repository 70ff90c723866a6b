-- How many levels a person stands below another one; -1 for not at all.
WITH RECURSIVE above (level, id) AS (
  SELECT 0, %(person)s::int
  UNION ALL
  SELECT level + 1, distributors.{up}
  FROM above JOIN distributors ON distributors.id = above.id
  WHERE above.id <> %(other)s AND distributors.{up} IS NOT NULL
)
SELECT coalesce((SELECT level FROM above WHERE id = %(other)s), -1)
