-- The way of everybody at or below the mover begins with the target's.
UPDATE ways
SET way = target.way || subpath(ways.way, nlevel(mover.way) - 1)
FROM ways mover, ways target
WHERE mover.id = %(mover)s AND target.id = %(target)s AND ways.way <@ mover.way
