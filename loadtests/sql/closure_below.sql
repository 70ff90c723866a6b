SELECT count(*) FROM closure WHERE above = %(person)s
