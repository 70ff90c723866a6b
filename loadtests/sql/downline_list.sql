-- Everybody below a person, nearest level first.
WITH RECURSIVE below (level, id) AS (
  SELECT 1, id FROM distributors WHERE {up} = %(person)s
  UNION ALL
  SELECT level + 1, child.id FROM below JOIN distributors AS child ON child.{up} = below.id
)
SELECT level, id FROM below ORDER BY level, id
