-- Each person directly below a person, with the people and the volume of that leg, its head among them.
WITH RECURSIVE below (leg, id) AS (
  SELECT id, id FROM distributors WHERE {up} = %(person)s
  UNION ALL
  SELECT below.leg, child.id FROM below JOIN distributors AS child ON child.{up} = below.id
),
people AS (SELECT leg, count(*) AS people FROM below GROUP BY leg),
volumes AS (SELECT leg, sum(pv)::bigint AS volume FROM below JOIN orders ON seller = id GROUP BY leg)
SELECT leg, people, coalesce(volume, 0) FROM people LEFT JOIN volumes USING (leg)
