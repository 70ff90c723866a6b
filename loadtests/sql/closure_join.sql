-- Whoever stands at or below the mover comes below everybody at or above the target.
INSERT INTO closure (below, above, depth)
SELECT branch.below, up.above, up.depth + branch.depth + 1
FROM closure branch CROSS JOIN closure up
WHERE branch.above = %(mover)s AND up.below = %(target)s
