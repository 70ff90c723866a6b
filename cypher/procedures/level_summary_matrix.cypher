// name: level_summary_matrix
// mode: READ
// description: how many people stand on each level below a person in the matrix, and what they and their customers
//   ordered, as rolled up; no row when the person does not exist
// param: id :: STRING the person at the top, who is on none of the levels
// param: period :: INTEGER whose volumes, e.g. 202603
// param: calendar :: STRING = 'monthly' the calendar of that period
// param: depth :: INTEGER = 10 how many levels down, at most 10000
// param: most :: INTEGER = 100000 the level on which this many people are reached is the last, and a level of more people than
//   that is not counted
// output: levels :: LIST OF INTEGER 1 for the person's own children
// output: people :: LIST OF INTEGER how many stand there
// output: actives :: LIST OF INTEGER how many of them are active
// output: pvs :: LIST OF INTEGER their personal PV and that of their customers, in minor units
// output: cvs :: LIST OF INTEGER the same in CV
// output: more :: BOOLEAN whether somebody stands below the last of these levels
// output: as_of_seq :: INTEGER the last fact that is in the volumes
// cost: O(people on these levels), a look at the tally of each; budget_ms: 1000 because they may be 100,000
// note: the loop is the one of downline_matrix, and for the same reasons
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS as_of_seq
MATCH (root:Distributor {id: $id})
WITH as_of_seq, root, CASE WHEN $depth < 10000 THEN $depth ELSE 10000 END AS deepest
WITH as_of_seq, reduce(
  walk = {people: [root], blocks: [], found: 0},
  first IN range(1, deepest, 32) |
    CASE WHEN size(walk.people) = 0 OR walk.found >= $most THEN walk
    ELSE head([
      block IN [reduce(
        turn = {people: walk.people, rows: [], found: walk.found},
        level IN range(first, CASE WHEN deepest < first + 31 THEN deepest ELSE first + 31 END) |
          CASE WHEN size(turn.people) = 0 OR turn.found >= $most THEN turn
          ELSE head([
            below IN [COLLECT {
              UNWIND turn.people AS above
              MATCH (above)<-[:SEATED_UNDER]-(child)
              RETURN child LIMIT $most + 1
            }] |
            CASE WHEN size(below) > $most THEN {people: turn.people, rows: turn.rows, found: size(below)}
            ELSE {people: below, rows: turn.rows + [{level: level, below: below}], found: turn.found + size(below)} END
          ]) END
      )] |
      {people: block.people, blocks: walk.blocks + [[one IN block.rows | one]], found: block.found}
    ]) END
) AS walk
CALL (walk) {
  UNWIND walk.blocks AS block
  UNWIND block AS row
  WITH row WHERE size(row.below) > 0
  CALL (row) {
    UNWIND row.below AS person
    OPTIONAL MATCH (t:Tally {ix: person.ix, calendar: $calendar})
    WITH person, t, $period % 2 AS slot
    RETURN sum(CASE person.status WHEN 'active' THEN 1 ELSE 0 END) AS active,
           sum(CASE WHEN slot = 0 AND t.period_0 = $period THEN t.own_pv_0 + t.customer_pv_0
                    WHEN slot = 1 AND t.period_1 = $period THEN t.own_pv_1 + t.customer_pv_1 ELSE 0 END) AS pv,
           sum(CASE WHEN slot = 0 AND t.period_0 = $period THEN t.own_cv_0 + t.customer_cv_0
                    WHEN slot = 1 AND t.period_1 = $period THEN t.own_cv_1 + t.customer_cv_1 ELSE 0 END) AS cv
  }
  WITH row, active, pv, cv ORDER BY row.level
  RETURN collect(row.level) AS levels, collect(size(row.below)) AS people, collect(active) AS actives,
         collect(pv) AS pvs, collect(cv) AS cvs
}
RETURN levels, people, actives, pvs, cvs,
       EXISTS { UNWIND walk.people AS last MATCH (last)<-[:SEATED_UNDER]-() } AS more, as_of_seq
