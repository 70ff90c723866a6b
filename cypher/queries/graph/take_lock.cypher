// name: take_lock
// mode: WRITE
// description: takes a named lock (migrations, procedures) until the transaction ends
// param: name :: STRING what is locked
// param: holder :: STRING host and process of the holder
// output: name :: STRING as given
MERGE (l:Lock {name: $name})
SET l.holder = $holder, l.taken_at = datetime()
RETURN l.name AS name
