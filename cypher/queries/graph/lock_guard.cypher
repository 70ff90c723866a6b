// name: lock_guard
// mode: SCHEMA
// description: there is one node a lock, so that two runners meet at it
CREATE CONSTRAINT lock_name IF NOT EXISTS FOR (l:Lock) REQUIRE l.name IS UNIQUE
