-- Everybody above a person, the nearest first.
WITH RECURSIVE above (level, id) AS (
  SELECT 1, {up} FROM distributors WHERE id = %(person)s
  UNION ALL
  SELECT level + 1, distributors.{up} FROM above JOIN distributors ON distributors.id = above.id
)
SELECT level, id FROM above WHERE id IS NOT NULL ORDER BY level
