-- The first fifty directly below a person, with how many stand directly below each.
SELECT id, (SELECT count(*) FROM distributors AS child WHERE child.{up} = distributors.id)
FROM distributors WHERE {up} = %(person)s ORDER BY id LIMIT 50
