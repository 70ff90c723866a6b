// name: answer
// mode: READ
// description: what became of a command that was asked for by enrol, place or move; no row when none was asked under the key, or it was
//   answered more than a week ago
// param: key :: STRING of that call
// output: key :: STRING as given
// output: state :: STRING waiting, done or refused
// output: kind :: STRING enrol, place or move
// output: id :: STRING whom it is about
// output: seq :: INTEGER the fact; null unless done, like what follows up to matrix_why
// output: parent_id :: STRING who stands directly above by it: in the binary tree after an enrolment, else in the tree that was asked
//   for; null without a place there
// output: slot :: INTEGER of that one's; 0 in the sponsor tree and without a place
// output: why :: STRING why there, where a strategy found the place
// output: matrix_parent_id :: STRING of an enrolment, who stands directly above in the matrix; null without a place there
// output: matrix_slot :: INTEGER
// output: matrix_why :: STRING
// output: problem :: STRING such as /problems/slot-taken, the type that the API answers with; null unless refused
// output: detail :: STRING the problem in words
// output: fields :: LIST OF STRING where and why, when what was asked is invalid
// output: tries :: INTEGER how often it was tried in vain, since a server was away or for what nobody foresaw (the worker's log tells)
// output: asked_at :: INTEGER epoch milliseconds, by the clock of the database
// output: answered_at :: INTEGER epoch milliseconds, by the clock of the worker; null while it waits
// cost: O(1); budget_ms: 100
MATCH (asked:Asked {key: $key})
USING INDEX SEEK asked:Asked(key)
WITH asked, null AS fault
// statement: parts/outcome
