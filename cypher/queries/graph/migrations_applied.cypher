// name: migrations_applied
// mode: READ
// description: the chain of applied migrations, oldest first
// output: version :: INTEGER number of the file
// output: name :: STRING rest of the file's name
// output: checksum :: STRING SHA-256 of the file's text, hex
// output: applied_at :: ZONED DATETIME when
// plan: allows NodeByLabelScan because the chain has one node a migration, a few dozen at most
MATCH (m:Migration)
RETURN m.version AS version, m.name AS name, m.checksum AS checksum, m.applied_at AS applied_at
ORDER BY version
