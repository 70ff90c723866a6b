// name: migration_chain_guard
// mode: SCHEMA
// description: no version is recorded twice, whatever two runners do
CREATE CONSTRAINT migration_version IF NOT EXISTS FOR (m:Migration) REQUIRE m.version IS UNIQUE
