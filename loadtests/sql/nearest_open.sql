-- The nearest open slots at and below a person, level by level, left before right: recursive SQL would have to walk the
-- whole downline before it could sort.
CREATE FUNCTION nearest_open(top int, most int) RETURNS TABLE (parent int, slot int)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
  level int[] := ARRAY[top];
  missing int := most;
  found int;
BEGIN
  WHILE missing > 0 AND cardinality(level) > 0 LOOP
    RETURN QUERY
    SELECT above.id, side.slot
    FROM unnest(level) WITH ORDINALITY AS above (id, turn) CROSS JOIN (VALUES (1), (2)) AS side (slot)
    WHERE NOT EXISTS (SELECT FROM distributors AS child WHERE child.parent = above.id AND child.slot = side.slot)
    ORDER BY turn, side.slot LIMIT missing;
    GET DIAGNOSTICS found = ROW_COUNT;
    missing := missing - found;
    level := ARRAY(
      SELECT child.id
      FROM unnest(level) WITH ORDINALITY AS above (id, turn) JOIN distributors AS child ON child.parent = above.id
      ORDER BY turn, child.slot
    );
  END LOOP;
END
$$
