-- How many people stand below a person, and their volume.
WITH RECURSIVE below (id) AS (
  SELECT id FROM distributors WHERE {up} = %(person)s
  UNION ALL
  SELECT child.id FROM below JOIN distributors AS child ON child.{up} = below.id
)
SELECT
  (SELECT count(*) FROM below) AS people,
  (SELECT coalesce(sum(pv), 0)::bigint FROM below JOIN orders ON seller = id) AS volume
