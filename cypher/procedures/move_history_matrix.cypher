// name: move_history_matrix
// mode: READ
// description: every place that a person had in the matrix by a fact, those among them that were corrected later: the one that
//   began first is first, one page at a time; no row when the person does not exist
// param: id :: STRING the person
// param: seq :: INTEGER = null the last fact that counts; the last one there is when null
// param: offset :: INTEGER = 0 how many places are skipped
// param: page :: INTEGER = 50 how many at most
// output: parent_ids :: LIST OF STRING who stood directly above
// output: parent_names :: LIST OF STRING as they are now
// output: slots :: LIST OF INTEGER from 1 to the matrix's width
// output: begins :: LIST OF INTEGER since when, epoch ms
// output: ends :: LIST OF INTEGER until when, epoch ms; -1 for what is so still
// output: seqs :: LIST OF INTEGER the fact that says so
// output: kinds :: LIST OF STRING what it is: Enrol, Place, Move or PastMove
// output: actors :: LIST OF STRING whose fact it is
// output: reasons :: LIST OF STRING and why
// output: recorded :: LIST OF INTEGER when it was written, epoch ms
// output: ended_seqs :: LIST OF INTEGER the fact by which the end is known; -1 without an end
// output: corrected_seqs :: LIST OF INTEGER the fact since which this is known not to be so; -1 for what is so
// output: total :: INTEGER how many places there are
// output: seq :: INTEGER the last fact that counts
// cost: O(places the person had); budget_ms: 100
// note: live edges are read before ended ones: one that a move ends meanwhile is seen at least once, and twice it says the same
MATCH (head:Head {name: 'head'})
WITH coalesce($seq, head.seq) AS seq
MATCH (person:Distributor {id: $id})
WITH seq, COLLECT {
  CALL (person, seq) {
    MATCH (person)-[edge:SEATED_UNDER]->(parent) WHERE edge.seq_from <= seq
    RETURN parent, edge.slot AS slot, edge.valid_from AS begin, -1 AS end, edge.seq_from AS fact, -1 AS ended, -1 AS corrected
    UNION
    MATCH (person)-[edge:WAS_SEATED_UNDER]->(parent) WHERE edge.seq_from <= seq
    RETURN parent, edge.slot AS slot, edge.valid_from AS begin, CASE WHEN edge.seq_to <= seq THEN edge.valid_to ELSE -1 END AS end,
           edge.seq_from AS fact, CASE WHEN edge.seq_to <= seq THEN edge.seq_to ELSE -1 END AS ended,
           CASE WHEN edge.void_seq <= seq THEN edge.void_seq ELSE -1 END AS corrected
  }
  RETURN {parent: parent, slot: slot, begin: begin, end: end, fact: fact, ended: ended, corrected: corrected}
  ORDER BY begin, fact, ended
} AS places
WITH seq, size(places) AS total, [place IN places[$offset..$offset + $page] | {
  place: place,
  fact: head(COLLECT { MATCH (fact:Fact {seq: place.fact}) RETURN fact })
}] AS rows
RETURN [row IN rows | row.place.parent.id] AS parent_ids, [row IN rows | row.place.parent.name] AS parent_names,
       [row IN rows | row.place.slot] AS slots, [row IN rows | row.place.begin] AS begins, [row IN rows | row.place.end] AS ends,
       [row IN rows | row.place.fact] AS seqs, [row IN rows | head([kind IN labels(row.fact) WHERE kind <> 'Fact'])] AS kinds,
       [row IN rows | row.fact.actor] AS actors, [row IN rows | row.fact.reason] AS reasons,
       [row IN rows | row.fact.recorded_at] AS recorded, [row IN rows | row.place.ended] AS ended_seqs,
       [row IN rows | row.place.corrected] AS corrected_seqs, total, seq
