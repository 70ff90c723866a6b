// name: find_place_binary
// mode: READ
// description: where a strategy would place a newcomer below a sponsor in the binary tree, and why; nothing is placed. What
//   enrols asks the same. No row when the sponsor does not exist
// param: id :: STRING the sponsor
// param: strategy :: STRING = 'first_open' outside_left, outside_right: down the leg's own side to its end; inside_left, inside_right:
//   below the leg's head down the other side to its end; left_leg, right_leg: the leg's first open slot; first_open: the
//   first open slot below the sponsor, nearest level first and left before right; lighter_by_people: at each step the
//   side with fewer people; lighter_by_volume: the leg with less CV in the present month, at its outside; lighter_by_volume_daily,
//   lighter_by_volume_four_weeks, lighter_by_volume_weekly: the same in the present period of that calendar; preference: what the
//   sponsor prefers, else first_open. The present period is the open one that contains now, or the newest open one where none does
// param: now :: INTEGER = 0 epoch ms; 0: by the clock of the database
// output: parent_ix :: INTEGER under whom; -1 when nobody can be placed there
// output: parent_id :: STRING empty when nobody can be placed there
// output: slot :: INTEGER 1 left, 2 right, 0 when nobody can be placed there
// output: why :: STRING in words
// cost: O(log people below), outside and inside O(1); by people also O(n) for n placements that the roll-up has not counted yet,
//   of which the last 200 are looked at, and O(n * depth) where two legs of many people differ by no more than n; budget_ms: 100
// note: app/places/spots.py says what run_top, left_end, right_end, open_distance and open_side are, and keeps them
MATCH (sponsor:Distributor {id: $id})
WITH sponsor, sponsor.parent_ix >= 0 OR sponsor.sponsor_ix < 0 AS placed,
     CASE $strategy WHEN 'preference' THEN coalesce(sponsor.preference, 'first_open') ELSE $strategy END AS strategy
CALL (sponsor, placed, strategy) {
  // Where to begin, and down which side to the end; side 0: the first open slot from there on.
  WITH * WHERE NOT (placed AND strategy STARTS WITH 'lighter_by_')
  WITH sponsor, placed, split(strategy, '_') AS words, strategy
  WITH sponsor, placed, strategy, CASE WHEN words[0] IN ['outside', 'inside'] THEN words[0] WHEN words[1] = 'leg' THEN 'leg' END AS kind,
       CASE WHEN 'left' IN words THEN 1 WHEN 'right' IN words THEN 2 ELSE 0 END AS leg
  OPTIONAL MATCH (sponsor)<-[:PLACED_UNDER {slot: leg}]-(head)
  WITH *, CASE leg WHEN 1 THEN 'left' ELSE 'right' END + ' leg of ' + sponsor.id AS named
  RETURN CASE WHEN NOT placed OR kind IS NULL AND strategy <> 'first_open' THEN null
              WHEN kind IN ['inside', 'leg'] THEN coalesce(head, sponsor) ELSE sponsor END AS start,
         CASE WHEN kind IS NULL THEN 0 WHEN kind = 'outside' OR head IS NULL THEN leg WHEN kind = 'inside' THEN 3 - leg ELSE 0 END AS side,
         CASE WHEN NOT placed THEN sponsor.id + ' has no place in the binary tree yet, so nobody can be placed below'
              WHEN kind = 'leg' THEN 'the first open slot of the ' + named
              WHEN kind IS NOT NULL THEN 'the ' + kind + ' of the ' + named
              WHEN strategy = 'first_open' THEN 'the first open slot below ' + sponsor.id
              ELSE 'there is no strategy ' + strategy END AS why
UNION ALL
  WITH * WHERE placed AND strategy STARTS WITH 'lighter_by_volume'
  WITH sponsor, CASE strategy WHEN 'lighter_by_volume' THEN 'monthly' ELSE substring(strategy, size('lighter_by_volume_')) END AS calendar
  CALL (calendar) {
    // Periods close in their order, and two at most are open.
    MATCH (p:Period {calendar: calendar}) WHERE p.number > 0 // the index is on both
    WITH p ORDER BY p.calendar DESC, p.number DESC LIMIT 2
    WITH p, CASE $now WHEN 0 THEN timestamp() ELSE $now END AS now WHERE p.state = 'open'
    WITH p ORDER BY p.starts_at <= now < p.ends_at DESC, p.number DESC
    RETURN collect(p {.number, .name})[0] AS present
  }
  WITH sponsor, calendar, present, present.number AS period
  MATCH (cursor:Cursor {name: 'rollup'})
  CALL (sponsor, calendar, period) {
    OPTIONAL MATCH (sponsor)<-[place:PLACED_UNDER]-(leg)
    OPTIONAL MATCH (t:Tally {ix: leg.ix, calendar: calendar})
    WITH place.slot AS slot, CASE WHEN period % 2 = 0 AND t.period_0 = period THEN t.binary_cv_0
                                  WHEN period % 2 = 1 AND t.period_1 = period THEN t.binary_cv_1 ELSE 0 END AS cv
    RETURN sum(CASE slot WHEN 1 THEN cv ELSE 0 END) AS left, sum(CASE slot WHEN 2 THEN cv ELSE 0 END) AS right
  }
  WITH sponsor, calendar, present, cursor.seq AS seq, left, right, CASE WHEN present IS NULL THEN 0 WHEN right < left THEN 2 ELSE 1 END AS side
  RETURN CASE side WHEN 0 THEN null ELSE sponsor END AS start, side,
         CASE side WHEN 0 THEN 'no period of the ' + calendar + ' calendar is open, so the legs of ' + sponsor.id + ' cannot be compared by it'
         ELSE 'the outside of the ' + CASE side WHEN 1 THEN 'left' ELSE 'right' END + ' leg of ' + sponsor.id
              + ', where less is sold: left ' + toString(left / 100) + ' CV, right ' + toString(right / 100) + ' CV in '
              + present.name + ' as of fact ' + toString(seq) END AS why
UNION ALL
  WITH * WHERE placed AND strategy = 'lighter_by_people'
  MATCH (cursor:Cursor {name: 'rollup'})
  WITH sponsor, cursor.seq AS seq, COLLECT {
    MATCH (f:Fact)
    WHERE f.seq > cursor.seq AND f.parent_ix >= 0 AND coalesce(f.tree, 'binary') = 'binary'
      AND any(kind IN labels(f) WHERE kind IN ['Enrol', 'Place'])
    RETURN f.ix ORDER BY f.seq DESC LIMIT 200
  } AS newcomers
  WITH sponsor, seq, newcomers, reduce(
    walk = {at: sponsor, done: false, legs: [], exact: true, above: null},
    step IN range(1, 64) |
      CASE WHEN walk.done THEN walk
      ELSE head([
        legs IN [COLLECT {
          WITH walk.at AS at
          MATCH (at)<-[place:PLACED_UNDER]-(leg)
          OPTIONAL MATCH (t:Tally {ix: leg.ix, calendar: 'monthly'})
          WITH leg, place.slot AS slot, coalesce(t.binary_count, 1) AS people // 1: the leg's own head
          RETURN {leg: leg, slot: slot, people: people} ORDER BY people, slot
        }] |
        // Where the newcomers stand is looked at where they may decide: among few people below, else above each newcomer.
        head([
          look IN [CASE WHEN size(newcomers) = 0 OR size(legs) < 2 OR legs[1].people - legs[0].people > size(newcomers) THEN 'none'
                        WHEN legs[0].people + legs[1].people <= 64 * size(newcomers) THEN 'down' ELSE 'up' END] |
          head([
            above IN [CASE WHEN look <> 'up' OR walk.above IS NOT NULL THEN walk.above ELSE COLLECT {
              UNWIND newcomers AS ix
              CALL (ix, sponsor) {
                MATCH (newcomer:Distributor {ix: ix}) ((low)-[:PLACED_UNDER]->(high) WHERE low <> sponsor)+ (above)
                USING INDEX SEEK newcomer:Distributor(ix)
                RETURN DISTINCT above
              }
              RETURN above.ix
            } END] |
            head([
              below IN [CASE WHEN look <> 'down' THEN null ELSE COLLECT {
                UNWIND legs AS leg
                CALL (leg) {
                  WITH leg.leg AS top
                  MATCH (top)<-[:PLACED_UNDER*1..]-(below)
                  RETURN DISTINCT below
                }
                UNWIND [ix IN newcomers WHERE ix = below.ix] AS newcomer
                RETURN leg.slot
              } END] |
            head([
              weighed IN [COLLECT {
                UNWIND legs AS leg
                WITH leg, leg.people + CASE look WHEN 'none' THEN 0
                                                 WHEN 'down' THEN size([slot IN below WHERE slot = leg.slot])
                                                 ELSE size([ix IN above WHERE ix = leg.leg.ix]) END AS people
                RETURN leg {.leg, .slot, people: people} ORDER BY people, leg.slot
              }] |
              {
                at: CASE WHEN size(legs) < 2 THEN walk.at ELSE weighed[0].leg END,
                done: size(legs) < 2,
                legs: CASE WHEN step = 1 THEN [leg IN weighed | [leg.slot, leg.people]] ELSE walk.legs END,
                exact: CASE WHEN step = 1 THEN size(newcomers) = 0 OR look <> 'none' ELSE walk.exact END,
                above: above
              }
            ])])
          ])
        ])
      ]) END
  ) AS walk
  RETURN walk.at AS start, 0 AS side,
         'always the side with fewer people, from left ' + toString(coalesce(head([leg IN walk.legs WHERE leg[0] = 1 | leg[1]]), 0))
         + ' and right ' + toString(coalesce(head([leg IN walk.legs WHERE leg[0] = 2 | leg[1]]), 0)) + ' below ' + sponsor.id
         + CASE WHEN walk.exact THEN '' ELSE ' as of fact ' + toString(seq) END AS why
}
CALL (start, side) {
  WITH * WHERE side > 0
  MATCH (top:Distributor {ix: CASE WHEN start.slot = side THEN start.run_top ELSE start.ix END})
  USING INDEX SEEK top:Distributor(ix)
  MATCH (parent:Distributor {ix: CASE side WHEN 1 THEN top.left_end ELSE top.right_end END})
  USING INDEX SEEK parent:Distributor(ix)
  RETURN parent, side AS slot
UNION ALL
  WITH * WHERE side = 0 AND start IS NOT NULL
  MATCH (start) ((above)<-[place:PLACED_UNDER]-(below) WHERE place.slot = above.open_side)* (parent WHERE parent.open_distance = 0)
  WITH DISTINCT parent
  RETURN parent, CASE WHEN EXISTS { (parent)<-[:PLACED_UNDER {slot: 1}]-() } THEN 2 ELSE 1 END AS slot
UNION ALL
  WITH * WHERE start IS NULL
  RETURN null AS parent, 0 AS slot
}
RETURN coalesce(parent.ix, -1) AS parent_ix, coalesce(parent.id, '') AS parent_id, slot, why
