SELECT count(*) FROM ways WHERE way <@ (SELECT way FROM ways WHERE id = %(person)s)
