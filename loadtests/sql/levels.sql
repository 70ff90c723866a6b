-- On each of ten levels below a person how many people stand there, and their volume.
WITH RECURSIVE below (level, id) AS (
  SELECT 1, id FROM distributors WHERE {up} = %(person)s
  UNION ALL
  SELECT level + 1, child.id FROM below JOIN distributors AS child ON child.{up} = below.id WHERE level < 10
),
people AS (SELECT level, count(*) AS people FROM below GROUP BY level),
volumes AS (SELECT level, sum(pv)::bigint AS volume FROM below JOIN orders ON seller = id GROUP BY level)
SELECT level, people, coalesce(volume, 0) FROM people LEFT JOIN volumes USING (level)
