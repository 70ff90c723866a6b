-- Everybody on the way between two people, both among them.
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
),
meeting AS (SELECT one.id, one.level AS here, other.level AS there FROM one JOIN other USING (id) ORDER BY one.level LIMIT 1)
SELECT one.id FROM one, meeting WHERE one.level <= here
UNION
SELECT other.id FROM other, meeting WHERE other.level <= there
