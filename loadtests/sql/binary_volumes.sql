-- Each person's volume of the left and of the right leg. Every volume climbs to the top, added up per seller before.
WITH RECURSIVE own AS (
  SELECT seller, sum(pv)::bigint AS volume FROM orders GROUP BY seller
),
climb (person, slot, volume) AS (
  SELECT parent, slot, volume FROM own JOIN distributors ON id = seller WHERE parent IS NOT NULL
  UNION ALL
  SELECT parent, distributors.slot, volume FROM climb JOIN distributors ON id = person WHERE parent IS NOT NULL
),
legs AS (
  SELECT
    person,
    coalesce(sum(volume) FILTER (WHERE slot = 1), 0)::bigint AS left_volume,
    coalesce(sum(volume) FILTER (WHERE slot = 2), 0)::bigint AS right_volume
  FROM climb GROUP BY person
)
SELECT person, left_volume, right_volume FROM legs WHERE left_volume <> 0 OR right_volume <> 0
