// name: group_without_broken_away
// mode: READ
// description: the group volume of a person in the sponsor tree without the frontline legs that have broken away: those whose
//   head was paid by one of some ranks in the last committed run of a calendar; a leg stays whole whoever stands deeper in
//   it; no row when the person does not exist
// param: id :: STRING the person
// param: ranks :: LIST OF STRING the ranks that break away
// param: period :: INTEGER whose volumes, e.g. 202603
// param: calendar :: STRING = 'monthly' the calendar of that period
// param: run_calendar :: STRING = 'monthly' the calendar of the run
// output: group_pv :: INTEGER of the whole sponsor subtree, in minor units
// output: group_cv :: INTEGER
// output: pv :: INTEGER of the same without the legs that have broken away
// output: cv :: INTEGER
// output: ids :: LIST OF STRING the heads of the legs that have broken away
// output: run :: STRING the run that says so; '' where none is committed, and nobody has broken away
// output: run_period :: STRING its period, e.g. 2026-02
// output: as_of_seq :: INTEGER the last fact that is in the volumes
// cost: O(frontline); budget_ms: 100
MATCH (cursor:Cursor {name: 'rollup'})
WITH cursor.seq AS as_of_seq
MATCH (root:Distributor {id: $id})
OPTIONAL MATCH (own:Tally {ix: root.ix, calendar: $calendar})
CALL (as_of_seq) {
  MATCH (p:Period {calendar: $run_calendar})
  WHERE p.number > 0 AND p.run IS NOT NULL
  WITH p ORDER BY p.number DESC LIMIT 1
  RETURN collect([p.run, p.name]) AS runs
}
WITH as_of_seq, root, own, coalesce(runs[0][0], '') AS run, coalesce(runs[0][1], '') AS run_period
CALL (root, run) {
  MATCH (root)<-[:SPONSORED_BY]-(leg)
  CALL (leg, run) {
    MATCH (said:Statement {run: run, ix: leg.ix})
    WHERE said.rank IN $ranks
    RETURN count(said) AS away
  }
  WITH leg, away WHERE away > 0
  OPTIONAL MATCH (t:Tally {ix: leg.ix, calendar: $calendar})
  WITH leg, t, $period % 2 AS slot ORDER BY leg.ix
  RETURN collect(leg.id) AS ids,
         sum(CASE WHEN slot = 0 AND t.period_0 = $period THEN t.sponsor_pv_0
                  WHEN slot = 1 AND t.period_1 = $period THEN t.sponsor_pv_1 ELSE 0 END) AS away_pv,
         sum(CASE WHEN slot = 0 AND t.period_0 = $period THEN t.sponsor_cv_0
                  WHEN slot = 1 AND t.period_1 = $period THEN t.sponsor_cv_1 ELSE 0 END) AS away_cv
}
WITH as_of_seq, run, run_period, ids, away_pv, away_cv,
     CASE WHEN $period % 2 = 0 AND own.period_0 = $period THEN [own.sponsor_pv_0, own.sponsor_cv_0]
          WHEN $period % 2 = 1 AND own.period_1 = $period THEN [own.sponsor_pv_1, own.sponsor_cv_1] ELSE [0, 0] END AS whole
RETURN whole[0] AS group_pv, whole[1] AS group_cv, whole[0] - away_pv AS pv, whole[1] - away_cv AS cv, ids, run, run_period,
       as_of_seq
