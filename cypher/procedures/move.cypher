// name: move
// mode: WRITE
// description: asks that somebody, with everybody below or alone, goes elsewhere, now or since an instant, as POST /v1/moves does.
//   Only the asking is written, and taken in its turn by a worker, which decides as the API does: state is waiting until then. Call it again as
//   it is, or custom.genealogy.answer, and be told what became of it. A refusal of the same call stays; ask anew under another key
// param: key :: STRING the caller's idempotency key: 1 to 200 printable ASCII characters; the same as over the API
// param: actor :: STRING who asks, as the caller says; the fact has it behind bolt:
// param: id :: STRING who moves
// param: tree :: STRING sponsor, binary or matrix
// param: new_parent_id :: STRING
// param: reason :: STRING why; it is kept with the fact
// param: slot :: INTEGER = null in the binary tree and the matrix, and only there: which of the new parent's
// param: strategy :: STRING = null in place of a slot: finds an open one below the new parent
// param: effective_at :: STRING = null an instant since when; from now on when null
// param: alone :: BOOLEAN = false without those below
// param: override :: BOOLEAN = false although the company's policy says no
// output: key :: STRING as given
// output: state :: STRING waiting, done or refused
// output: kind :: STRING enrol, place or move; null, like all that follows but problem and detail, where it was not taken at all
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
// cost: O(1), and O(those who wait, 1,000 at most) when it is taken; a commit, in which others who ask wait for each other, and nobody else;
//   budget_ms: 100
// note: docs/adr/0023 says why this asks and a worker decides
WITH 'move' AS kind,
     {id: $id, tree: $tree, new_parent_id: $new_parent_id, slot: $slot, strategy: $strategy, effective_at: $effective_at,
      alone: $alone, override: $override} AS said
// statement: parts/ask
