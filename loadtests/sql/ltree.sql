-- Everybody's way down from the top. No index by way: GiST took gigabytes or ran out of stack on the deep ways of a
-- spillover tree, and a B-tree takes no way of more than some hundred levels.
CREATE EXTENSION IF NOT EXISTS ltree;
CREATE TABLE ways AS
WITH RECURSIVE down (id, way) AS (
  SELECT id, id::text::ltree FROM distributors WHERE parent IS NULL
  UNION ALL
  SELECT below.id, down.way || below.id::text
  FROM down JOIN distributors below ON below.parent = down.id
)
SELECT id, way FROM down;
ALTER TABLE ways ADD PRIMARY KEY (id);
