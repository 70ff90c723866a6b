// name: downline_sponsor
// mode: READ
// description: everyone below a person in the sponsor tree as of a fact, nearest level first and by ix within a level, one page
//   at a time: all of them, or those whom filters let through; no row when the person does not exist
// param: id :: STRING the person at the top of the page, who is not in it
// param: depth :: INTEGER = 5 how many levels down, at most 10000
// param: after_level :: INTEGER = 0 to_level of the page before; 0 for the first page
// param: after_ix :: INTEGER = null to_ix of the page before; null for the first page
// param: page :: INTEGER = 50 how many people at most
// param: seq :: INTEGER = null as of which fact: the last one when null; for every later page seq of the first one
// param: titles :: LIST OF STRING = null a filter: people with one of these titles
// param: ranks :: LIST OF STRING = null a filter: people whom the newest run that was committed, and not voided, by then paid by one of these ranks
// param: statuses :: LIST OF STRING = null a filter: people with one of these statuses
// param: regions :: LIST OF STRING = null a filter: people of one of these regions
// param: period :: INTEGER = 0 whose volumes are filtered by, e.g. 202603
// param: calendar :: STRING = 'monthly' the calendar of that period
// param: pv_from :: INTEGER = null a filter: at least this PV, the person's own and customers', in minor units
// param: pv_to :: INTEGER = null a filter: at most this PV
// param: group_pv_from :: INTEGER = null a filter: at least this PV of the whole subtree
// param: group_pv_to :: INTEGER = null a filter: at most this PV of the whole subtree
// param: look :: INTEGER = 2000 how many people behind the page before are looked at, at most, when there is a filter
// output: ixs :: LIST OF INTEGER the people's inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: levels :: LIST OF INTEGER 1 for the person's own children
// output: parent_ids :: LIST OF STRING who stands directly above, in this tree
// output: slots :: LIST OF INTEGER 0: the sponsor tree has no slots
// output: sponsor_ids :: LIST OF STRING who sponsored them
// output: child_counts :: LIST OF INTEGER how many stand directly below now, in this tree
// output: more :: BOOLEAN whether another page follows
// output: to_level :: INTEGER where it begins: the level of the last person looked at
// output: to_ix :: INTEGER and their ix
// output: seq :: INTEGER as of which fact they stand there
// output: run :: STRING the run whose ranks are filtered by; empty when none are, or none was committed
// cost: O(people on the levels down to the page's last), one turn a level: levels below the page are not read. A filter looks at
//   up to look more, at the tally or statement of each where it needs them; budget_ms: 100
// note: the loop is a reduce because a variable-length pattern takes no bound from a parameter and cannot stop early. Its
//   levels are put together in blocks of 32, each copied into a list of its own: a list that grew level by level would
//   be a chain of lists, and each look at it a walk along all of them. Ended edges are read where somebody was moved since
//   that fact. Head says so, and is asked after the live edges: a move that comes between is then seen, twice at the most
MATCH (head:Head {name: 'head'})
WITH coalesce($seq, head.seq) AS seq
MATCH (root:Distributor {id: $id})
WITH root, seq, CASE WHEN $depth < 10000 THEN $depth ELSE 10000 END AS deepest,
     coalesce($pv_from, $pv_to, $group_pv_from, $group_pv_to) IS NOT NULL AS weighed
WITH root, seq, deepest, weighed,
     CASE WHEN weighed OR coalesce($titles, $ranks, $statuses, $regions) IS NOT NULL THEN $look ELSE $page END AS look
WITH seq, weighed, look, reduce(
  walk = {people: [root], blocks: [], found: 0},
  first IN range(1, deepest, 32) |
    CASE WHEN size(walk.people) = 0 OR walk.found > look THEN walk
    ELSE head([
      block IN [reduce(
        turn = {people: walk.people, taken: []},
        level IN range(first, CASE WHEN deepest < first + 31 THEN deepest ELSE first + 31 END) |
          CASE WHEN size(turn.people) = 0 OR walk.found + size(turn.taken) > look THEN turn
          ELSE head([
            live IN [COLLECT {
              UNWIND turn.people AS above
              MATCH (above)<-[edge:SPONSORED_BY]-(child) WHERE edge.seq_from <= seq
              RETURN child ORDER BY child.ix
            }] |
            head([
              below IN [
                CASE WHEN COLLECT { MATCH (h:Head {name: 'head'}) RETURN coalesce(h.sponsor_moved, 0) }[0] <= seq THEN live
                ELSE COLLECT {
                  UNWIND live + COLLECT {
                    UNWIND turn.people AS above
                    MATCH (above)<-[edge:WAS_SPONSORED_BY]-(child) WHERE edge.seq_from <= seq AND edge.seq_to > seq
                    RETURN child
                  } AS child
                  WITH DISTINCT child
                  RETURN child ORDER BY child.ix
                } END
              ] |
              {
                people: below,
                taken: CASE WHEN level < $after_level THEN []
                       ELSE turn.taken + [
                         child IN below WHERE level > $after_level OR child.ix > coalesce($after_ix, -1) | {person: child, level: level}
                       ][..look + 1 - walk.found - size(turn.taken)] END
              }
            ])
          ]) END
      )] |
      {
        people: block.people,
        blocks: walk.blocks + [[one IN block.taken | one]],
        found: walk.found + size(block.taken)
      }
    ]) END
).blocks AS blocks
WITH seq, weighed, look, COLLECT { UNWIND blocks AS block UNWIND block AS one RETURN one } AS taken,
     CASE WHEN $ranks IS NULL THEN ''
     ELSE coalesce(COLLECT {
       MATCH (run:Run {calendar: 'monthly'}) WHERE run.period > 0 AND run.committed_seq <= seq AND (run.voided_seq IS NULL OR run.voided_seq > seq)
       RETURN run.id ORDER BY run.period DESC LIMIT 1
     }[0], '') END AS run
WITH seq, look, taken, run, taken[..look] AS looked, COLLECT {
  UNWIND taken[..look] AS one
  WITH one, one.person AS person
  WHERE ($titles IS NULL OR person.title IN $titles) AND ($statuses IS NULL OR person.status IN $statuses)
    AND ($regions IS NULL OR person.region IN $regions)
    AND ($ranks IS NULL OR EXISTS { MATCH (s:Statement {run: run, ix: person.ix}) WHERE s.rank IN $ranks })
    AND (NOT weighed OR head([
      pv IN [coalesce(COLLECT {
        MATCH (t:Tally {ix: person.ix, calendar: $calendar})
        RETURN CASE WHEN $period % 2 = 0 AND t.period_0 = $period THEN [t.own_pv_0 + t.customer_pv_0, t.sponsor_pv_0]
                    WHEN $period % 2 = 1 AND t.period_1 = $period THEN [t.own_pv_1 + t.customer_pv_1, t.sponsor_pv_1] END
      }[0], [0, 0])] |
      pv[0] >= coalesce($pv_from, pv[0]) AND pv[0] <= coalesce($pv_to, pv[0]) AND
      pv[1] >= coalesce($group_pv_from, pv[1]) AND pv[1] <= coalesce($group_pv_to, pv[1])
    ]))
  RETURN one LIMIT $page + 1
} AS kept
WITH seq, run, kept[..$page] AS rows, size(kept) > $page OR size(taken) > look AS more,
     CASE WHEN size(kept) > $page THEN kept[$page - 1] ELSE looked[-1] END AS last
CALL (rows, seq) {
  UNWIND rows AS row
  WITH row.level AS level, row.person AS person
  ORDER BY level, person.ix
  OPTIONAL MATCH (person)-[sponsor_edge:SPONSORED_BY]->(sponsor) WHERE sponsor_edge.seq_from <= seq
  WITH *, CASE WHEN sponsor IS NOT NULL THEN sponsor.id ELSE COLLECT {
    MATCH (person)-[edge:WAS_SPONSORED_BY]->(above) WHERE edge.seq_from <= seq AND edge.seq_to > seq
    RETURN above.id
  }[0] END AS sponsor_found
  RETURN collect(person.ix) AS ixs, collect(person.id) AS ids, collect(person.name) AS names,
         collect(person.status) AS statuses, collect(level) AS levels, collect(coalesce(sponsor_found, '')) AS parent_ids,
         collect(0) AS slots, collect(coalesce(sponsor_found, '')) AS sponsor_ids,
         collect(COUNT { (person)<-[:SPONSORED_BY]-() }) AS child_counts
}
RETURN ixs, ids, names, statuses, levels, parent_ids, slots, sponsor_ids, child_counts, more,
       coalesce(last.level, $after_level) AS to_level, coalesce(last.person.ix, $after_ix, -1) AS to_ix, seq, run
