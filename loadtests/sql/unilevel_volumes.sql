-- Each person's volume on levels 1 to 5 below them. Every volume climbs five steps, added up per seller before.
WITH RECURSIVE own AS (
  SELECT seller, sum(pv)::bigint AS volume FROM orders GROUP BY seller
),
climb (person, level, volume) AS (
  SELECT sponsor, 1, volume FROM own JOIN distributors ON id = seller WHERE sponsor IS NOT NULL
  UNION ALL
  SELECT sponsor, level + 1, volume
  FROM climb JOIN distributors ON id = person
  WHERE level < 5 AND sponsor IS NOT NULL
)
SELECT person, level, sum(volume)::bigint FROM climb GROUP BY person, level HAVING sum(volume) <> 0
