-- The nearest person at or above two, and how many levels each stands below.
WITH RECURSIVE one (level, id) AS (
  SELECT 0, %(person)s::int
  UNION ALL
  SELECT level + 1, distributors.{up}
  FROM one JOIN distributors ON distributors.id = one.id
  WHERE distributors.{up} IS NOT NULL
),
other (level, id) AS (
  SELECT 0, %(other)s::int
  UNION ALL
  SELECT level + 1, distributors.{up}
  FROM other JOIN distributors ON distributors.id = other.id
  WHERE distributors.{up} IS NOT NULL
)
SELECT one.id, one.level, other.level FROM one JOIN other USING (id) ORDER BY one.level LIMIT 1
