// name: migration_record
// mode: WRITE
// description: appends one applied migration to the chain
// param: version :: INTEGER number of the file
// param: name :: STRING rest of the file's name
// param: checksum :: STRING SHA-256 of the file's text, hex
// param: previous :: INTEGER version before this one in the chain, 0 for the first
// param: holder :: STRING host and process of the runner
// param: ms :: INTEGER how long it took
// output: version :: INTEGER as recorded
CREATE (m:Migration {version: $version, name: $name, checksum: $checksum, applied_at: datetime(), by: $holder, ms: $ms})
WITH m
OPTIONAL MATCH (p:Migration {version: $previous})
FOREACH (before IN CASE WHEN p IS NULL THEN [] ELSE [p] END |
  CREATE (before)-[:MIGRATED_TO {at: m.applied_at, by: m.by}]->(m))
RETURN m.version AS version
