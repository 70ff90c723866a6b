// name: save_run
// mode: WRITE
// description: Stores a calculated run; the same run again changes nothing of the result, and nothing at all once it is
//   beyond its preview.
// param: id :: STRING
// param: properties :: MAP hashes, counts and totals in minor units
// param: calculated_at :: INTEGER epoch milliseconds
// output: state :: STRING
// cost: O(1)
// budget_ms: 100
MERGE (r:Run {id: $id})
  ON CREATE SET r += $properties, r.state = 'calculating', r.calculated_at = datetime({epochMillis: $calculated_at})
  ON MATCH SET r.carries_from = CASE WHEN r.state IN ['calculating', 'preview'] THEN $properties.carries_from ELSE r.carries_from END
RETURN r.state AS state
