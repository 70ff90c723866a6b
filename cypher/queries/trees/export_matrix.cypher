// name: export_matrix
// mode: READ
// description: everyone below a person in the matrix as it was at a fact, nearest level first and by ix within a level,
//   a row of columns for each page; one row without people for somebody who has none below, no row when the person does
//   not exist
// param: id :: STRING the person at the top, who is not in it
// param: seq :: INTEGER the last fact that is known
// param: depth :: INTEGER how many levels down
// param: most :: INTEGER how many people are found at most; more are not looked for below the level where it was reached
// param: page :: INTEGER how many people a row has
// param: period :: INTEGER whose volumes, e.g. 202603
// param: calendar :: STRING the calendar of that period
// param: slot :: STRING the tally slot of that period: '0' when its number is even, else '1'
// output: total :: INTEGER how many people were found, the same in each row
// output: figures_seq :: INTEGER the last fact rolled up before the first page was read
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: levels :: LIST OF INTEGER 1 for the person's own children
// output: parent_ids :: LIST OF STRING who stands directly above, in this tree
// output: slots :: LIST OF INTEGER 1 to the width of the matrix, from the left
// output: sponsor_ids :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: titles :: LIST OF STRING
// output: regions :: LIST OF STRING
// output: enrolled_at :: LIST OF INTEGER epoch ms
// output: heads :: LIST OF INTEGER people in the subtree, the person among them; 0 when not rolled up yet
// output: personal_pvs :: LIST OF INTEGER own and customers', minor units like all volumes
// output: personal_cvs :: LIST OF INTEGER
// output: group_pvs :: LIST OF INTEGER the whole subtree
// output: group_cvs :: LIST OF INTEGER
// cost: O(people below); budget_ms: 5000 because a whole downline is found before the first page, and it waits for its reader
// note: Live edges are read before ended ones: one that a move ends meanwhile is seen at least once, and twice it says
//   the same. The walk holds a reference to each person; what is read of them is read page by page, when it is asked for.
//   Its levels are put together in blocks of 32, each copied into a list of its own: a list that grew level by level
//   would be a chain of lists, and each look at it a walk along all of them.
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS figures_seq
MATCH (root:Distributor {id: $id})
WITH figures_seq, reduce(
  walk = {level: [{person: root}], blocks: [], found: 0},
  first IN range(1, $depth, 32) |
    CASE WHEN size(walk.level) = 0 OR walk.found > $most THEN walk
    ELSE head([
      block IN [reduce(
        turn = {level: walk.level, found: []},
        depth IN range(first, CASE WHEN $depth < first + 31 THEN $depth ELSE first + 31 END) |
          CASE WHEN size(turn.level) = 0 OR walk.found + size(turn.found) > $most THEN turn
          ELSE head([
            live IN [COLLECT {
              UNWIND turn.level AS above
              WITH above.person AS parent
              MATCH (parent)<-[edge:SEATED_UNDER]-(child) WHERE edge.seq_from <= $seq
              RETURN {person: child, level: depth, parent: parent.id, slot: edge.slot} ORDER BY child.ix
            }] |
            head([
              ended IN [COLLECT {
                UNWIND turn.level AS above
                WITH above.person AS parent
                MATCH (parent)<-[edge:WAS_SEATED_UNDER]-(child) WHERE edge.seq_from <= $seq AND edge.seq_to > $seq
                RETURN {person: child, level: depth, parent: parent.id, slot: edge.slot}
              }] |
              head([
                below IN [CASE WHEN size(ended) = 0 THEN live ELSE COLLECT {
                  UNWIND live + ended AS one
                  WITH DISTINCT one
                  RETURN one ORDER BY one.person.ix
                } END] | {level: below, found: turn.found + below}
              ])
            ])
          ]) END
      )] |
      {
        level: block.level,
        blocks: walk.blocks + [[one IN block.found | one]],
        found: walk.found + size(block.found)
      }
    ]) END
).blocks AS blocks
WITH figures_seq, COLLECT { UNWIND blocks AS block UNWIND block AS one RETURN one } AS found
WITH figures_seq, found, size(found) AS total
UNWIND range(0, CASE total WHEN 0 THEN 0 ELSE total - 1 END, $page) AS first
CALL (found, first) {
  UNWIND found[first..first + $page] AS one
  WITH one, properties(one.person) AS p // one walk along the properties instead of one each
  OPTIONAL MATCH (monthly:Tally {ix: p.ix, calendar: 'monthly'})
  OPTIONAL MATCH (other:Tally {ix: p.ix, calendar: nullIf($calendar, 'monthly')})
  WITH one, p, CASE WHEN monthly IS NULL THEN 0 ELSE coalesce(monthly.matrix_count, 1) END AS heads, properties(CASE $calendar WHEN 'monthly' THEN monthly ELSE other END) AS t
  WITH one, p, heads, t, CASE WHEN t['period_' + $slot] = $period THEN true ELSE false END AS current, head(
    COLLECT { WITH one.person AS d MATCH (d)-[edge:SPONSORED_BY]->(above) WHERE edge.seq_from <= $seq RETURN above.id } +
    COLLECT { WITH one.person AS d MATCH (d)-[edge:WAS_SPONSORED_BY]->(above) WHERE edge.seq_from <= $seq AND edge.seq_to > $seq
              RETURN above.id }
  ) AS sponsor
  RETURN collect(p.id) AS ids, collect(p.name) AS names, collect(one.level) AS levels, collect(one.parent) AS parent_ids,
         collect(one.slot) AS slots, collect(coalesce(sponsor, '')) AS sponsor_ids, collect(p.status) AS statuses, collect(coalesce(p.title, '')) AS titles,
         collect(coalesce(p.region, '')) AS regions, collect(p.enrolled_at) AS enrolled_at, collect(coalesce(heads, 0)) AS heads,
         collect(CASE WHEN current THEN t['own_pv_' + $slot] + t['customer_pv_' + $slot] ELSE 0 END) AS personal_pvs,
         collect(CASE WHEN current THEN t['own_cv_' + $slot] + t['customer_cv_' + $slot] ELSE 0 END) AS personal_cvs,
         collect(CASE WHEN current THEN coalesce(t['matrix_pv_' + $slot], t['own_pv_' + $slot] + t['customer_pv_' + $slot]) ELSE 0 END) AS group_pvs,
         collect(CASE WHEN current THEN coalesce(t['matrix_cv_' + $slot], t['own_cv_' + $slot] + t['customer_cv_' + $slot]) ELSE 0 END) AS group_cvs
}
RETURN total, figures_seq, ids, names, levels, parent_ids, slots, sponsor_ids, statuses, titles, regions, enrolled_at, heads,
       personal_pvs, personal_cvs, group_pvs, group_cvs
