// name: migration_lock_guard
// mode: SCHEMA
// description: there is one lock node, so that two runners meet at it
CREATE CONSTRAINT migration_lock_name IF NOT EXISTS FOR (l:MigrationLock) REQUIRE l.name IS UNIQUE
