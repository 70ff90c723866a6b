// name: await_indexes
// mode: SCHEMA
// description: waits until every index is online
// param: seconds :: INTEGER how long at most
CALL db.awaitIndexes($seconds)
