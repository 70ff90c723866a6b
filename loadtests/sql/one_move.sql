UPDATE distributors SET parent = %(target)s, slot = %(slot)s WHERE id = %(mover)s
