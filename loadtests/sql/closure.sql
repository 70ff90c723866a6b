-- Every pair of somebody and anybody at or above them.
CREATE TABLE closure AS
WITH RECURSIVE up (below, above, depth) AS (
  SELECT id, id, 0 FROM distributors
  UNION ALL
  SELECT up.below, above.parent, up.depth + 1
  FROM up JOIN distributors above ON above.id = up.above
  WHERE above.parent IS NOT NULL
)
SELECT below, above, depth FROM up;
ALTER TABLE closure ADD PRIMARY KEY (above, below);
CREATE INDEX ON closure (below) INCLUDE (above, depth);
