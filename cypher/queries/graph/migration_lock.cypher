// name: migration_lock
// mode: WRITE
// description: takes the lock of the migration runners until the transaction ends
// param: holder :: STRING host and process of the runner
// output: name :: STRING the lock's name
MERGE (l:MigrationLock {name: 'migrations'})
SET l.holder = $holder, l.taken_at = datetime()
RETURN l.name AS name
