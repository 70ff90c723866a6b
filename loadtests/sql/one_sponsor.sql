UPDATE distributors SET sponsor = %(target)s WHERE id = %(mover)s
