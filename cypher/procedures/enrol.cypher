// name: enrol
// mode: WRITE
// description: asks for an enrolment, with a place in the binary tree and in the matrix now or later, as POST /v1/distributors does.
//   Only the asking is written, and taken in its turn by a worker, which decides as the API does: state is waiting until then. Call it again as
//   it is, or custom.genealogy.answer, and be told what became of it. A refusal of the same call stays; ask anew under another key
// param: key :: STRING the caller's idempotency key: 1 to 200 printable ASCII characters; the same as over the API
// param: actor :: STRING who asks, as the caller says; the fact has it behind bolt:
// param: id :: STRING of the newcomer
// param: sponsor_id :: STRING null only for the top of a company
// param: name :: STRING
// param: enrolled_at :: STRING an instant such as 2026-03-02T10:00:00Z
// param: strategy :: STRING = null finds the place below the sponsor, as find_place_binary has them; with held_until when that is over
// param: parent_id :: STRING = null in place of a strategy: exactly there
// param: slot :: INTEGER = null of that parent's: 1 left, 2 right
// param: held_until :: STRING = null an instant: no place yet, somebody may choose one until then
// param: matrix_strategy :: STRING = null the same in the matrix, as find_place_matrix has it
// param: matrix_parent_id :: STRING = null
// param: matrix_slot :: INTEGER = null 1 to the width of the matrix
// param: owner :: STRING = null groups the positions of one person; the newcomer's own id when null
// param: region :: STRING = null
// param: title :: STRING = null
// param: preference :: STRING = null how those they sponsor are placed where an enrolment says preference
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
WITH 'enrol' AS kind,
     {id: $id, sponsor_id: $sponsor_id, name: $name, enrolled_at: $enrolled_at, strategy: $strategy, parent_id: $parent_id, slot: $slot,
      held_until: $held_until, matrix_strategy: $matrix_strategy, matrix_parent_id: $matrix_parent_id, matrix_slot: $matrix_slot,
      owner: $owner, region: $region, title: $title, preference: $preference} AS said
// statement: parts/ask
