-- The same as binary_volumes.sql by a loop: each level's sums from those of the level below, so that nobody's volume is
-- carried more than one step; `unit` is pv (orders) or cv (sales). Each round reads few rows, which the planner cannot know, hence the settings.
CREATE FUNCTION binary_volumes_by_level(unit text) RETURNS TABLE (person int, left_volume bigint, right_volume bigint)
LANGUAGE plpgsql
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  DROP TABLE IF EXISTS places, legs;
  CREATE TEMP TABLE legs (person int PRIMARY KEY, left_volume bigint, right_volume bigint);
  CREATE TEMP TABLE places AS
  WITH RECURSIVE walk (id, parent, slot, depth) AS (
    SELECT id, parent, slot, 0 FROM distributors WHERE parent IS NULL
    UNION ALL
    SELECT child.id, child.parent, child.slot, depth + 1
    FROM walk JOIN distributors AS child ON child.parent = walk.id
  )
  SELECT
    walk.*,
    CASE unit
      WHEN 'pv' THEN (SELECT coalesce(sum(pv), 0)::bigint FROM orders WHERE seller = id)
      ELSE (SELECT coalesce(sum(cv), 0)::bigint FROM sales WHERE seller = id)
    END AS volume
  FROM walk;
  CREATE INDEX ON places (depth);
  ANALYZE places;
  FOR level IN REVERSE (SELECT max(depth) FROM places)..1 LOOP
    INSERT INTO legs
    SELECT
      parent,
      coalesce(sum(total) FILTER (WHERE slot = 1), 0),
      coalesce(sum(total) FILTER (WHERE slot = 2), 0)
    FROM (
      SELECT parent, slot, volume + coalesce(left_volume, 0) + coalesce(right_volume, 0) AS total
      FROM places LEFT JOIN legs ON person = id
      WHERE depth = level
    ) AS children
    GROUP BY parent;
  END LOOP;
  RETURN QUERY SELECT * FROM legs WHERE left_volume <> 0 OR right_volume <> 0;
END
$$
