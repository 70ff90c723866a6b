// name: place
// mode: WRITE
// description: asks for a place in the binary tree, or in the matrix, for somebody who has none there, as POST /v1/placements does.
//   Only the asking is written, and taken in its turn by a worker, which decides as the API does: state is waiting until then. Call it again as
//   it is, or custom.genealogy.answer, and be told what became of it. A refusal of the same call stays; ask anew under another key
// param: key :: STRING the caller's idempotency key: 1 to 200 printable ASCII characters; the same as over the API
// param: actor :: STRING who asks, as the caller says; the fact has it behind bolt:
// param: id :: STRING who is placed
// param: placed_at :: STRING an instant such as 2026-03-02T10:00:00Z
// param: strategy :: STRING = null finds the place below the sponsor, as find_place_binary and find_place_matrix have them
// param: parent_id :: STRING = null in place of a strategy: exactly there
// param: slot :: INTEGER = null of that parent's: 1 left, 2 right, in the matrix 1 to its width
// param: tree :: STRING = 'binary' binary or matrix
// param: reason :: STRING = null why; it is kept with the fact
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
WITH 'place' AS kind,
     {id: $id, placed_at: $placed_at, strategy: $strategy, parent_id: $parent_id, slot: $slot, tree: $tree} AS said
// statement: parts/ask
