// name: of_period
// mode: READ
// description: The runs of a period, newest first, the committed one before all others.
// param: calendar :: STRING
// param: period :: INTEGER
// output: id :: STRING
// output: calendar :: STRING
// output: period :: INTEGER
// output: state :: STRING preview, in_review, locked, approved, committed, partly_paid, paid or voided: one that is not stored whole
//   is not seen
// output: hash :: STRING over everything that went in and came out
// output: seq :: INTEGER facts up to this one were known
// output: plan_name :: STRING
// output: plan_hash :: STRING
// output: snapshot_hash :: STRING
// output: code_version :: STRING
// output: people_blob :: STRING
// output: orders_blob :: STRING
// output: clawbacks_blob :: STRING
// output: lines_blob :: STRING
// output: misses_blob :: STRING
// output: ranks_blob :: STRING
// output: plan_blob :: STRING
// output: people :: INTEGER
// output: orders :: INTEGER
// output: earners :: INTEGER
// output: earned :: INTEGER what bonuses come to in all, minor units
// output: taken_back :: INTEGER what returns after the close take back in all, minor units below zero
// output: balance_in :: INTEGER what people brought along in all, minor units
// output: balance_out :: INTEGER what is carried on in all, minor units
// output: payees :: INTEGER whom it pays
// output: amount :: INTEGER paid in all, minor units
// output: breakage :: INTEGER not paid to anybody, minor units
// output: final :: BOOLEAN taken after the close of its period
// output: calculated_at :: ZONED DATETIME
// output: carries_from :: STRING the run whose carry-over it begins with, or null
// output: paid_people :: INTEGER
// output: paid_amount :: INTEGER minor units
// output: supersedes :: STRING the voided run of the period whose place it took, or null
// output: superseded_by :: STRING the run that took its place, or null
// output: before :: LIST OF STRING the voided runs of the period before it, the oldest first
// output: set_off_people :: INTEGER whom it owes nothing beyond what those paid
// output: set_off_amount :: INTEGER by how much less it pays than its statements say, minor units
// output: overpaid_amount :: INTEGER what those paid beyond its statements, minor units
// cost: O(runs of the period)
// budget_ms: 100
MATCH (r:Run {calendar: $calendar, period: $period}) WHERE r.state <> 'calculating'
RETURN r.id AS id, r.calendar AS calendar, r.period AS period, r.state AS state, r.hash AS hash, r.seq AS seq,
       r.plan_name AS plan_name, r.plan_hash AS plan_hash, r.snapshot_hash AS snapshot_hash, r.code_version AS code_version,
       r.people_blob AS people_blob, r.orders_blob AS orders_blob, r.clawbacks_blob AS clawbacks_blob, r.lines_blob AS lines_blob,
       r.misses_blob AS misses_blob, r.ranks_blob AS ranks_blob, r.plan_blob AS plan_blob, r.people AS people,
       r.orders AS orders, r.earners AS earners, r.earned AS earned, r.taken_back AS taken_back, r.balance_in AS balance_in,
       r.balance_out AS balance_out, r.payees AS payees, r.amount AS amount, r.breakage AS breakage,
       r.final AS final, r.calculated_at AS calculated_at,
       r.carries_from AS carries_from, coalesce(r.paid_people, 0) AS paid_people, coalesce(r.paid_amount, 0) AS paid_amount,
       r.supersedes AS supersedes, r.superseded_by AS superseded_by, coalesce(r.before, []) AS before,
       coalesce(r.set_off_people, 0) AS set_off_people, coalesce(r.set_off_amount, 0) AS set_off_amount,
       coalesce(r.overpaid_amount, 0) AS overpaid_amount
ORDER BY r.state IN ['committed', 'partly_paid', 'paid'] DESC, r.calculated_at DESC, r.id
