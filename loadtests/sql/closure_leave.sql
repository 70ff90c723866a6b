-- Whoever stands at or below the mover leaves everybody above the mover.
DELETE FROM closure
WHERE below IN (SELECT below FROM closure WHERE above = %(mover)s)
  AND above IN (SELECT above FROM closure WHERE below = %(mover)s AND depth > 0)
