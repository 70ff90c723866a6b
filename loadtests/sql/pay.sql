-- What each person gets by the plan of python_loop.py: of each order 5, 4, 3, 2 and 1 % on the five levels above it, whoever
-- is inactive counted and not paid; and 10 % of the weaker leg. Each amount is rounded, halves away from zero.
WITH RECURSIVE climb (person, cv, level) AS (
  SELECT CASE WHEN own THEN sponsor ELSE seller END, cv, 1 FROM sales JOIN distributors ON id = seller
  UNION ALL
  SELECT sponsor, cv, level + 1 FROM climb JOIN distributors ON id = person WHERE level < 5
),
levels AS (
  SELECT person, sum(CASE WHEN cv < 0 THEN -1 ELSE 1 END * ((abs(cv) * (6 - level) + 50) / 100))::bigint AS amount
  FROM climb JOIN active ON id = person
  GROUP BY person
),
teams AS (
  SELECT person, (least(left_volume, right_volume) * 10 + 50) / 100 AS amount
  FROM binary_volumes_by_level('cv') JOIN active ON id = person
  WHERE least(left_volume, right_volume) > 0
)
SELECT person, coalesce(levels.amount, 0), coalesce(teams.amount, 0)
FROM levels FULL JOIN teams USING (person)
WHERE coalesce(levels.amount, 0) <> 0 OR coalesce(teams.amount, 0) <> 0
