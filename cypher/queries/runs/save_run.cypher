// name: save_run
// mode: WRITE
// description: Stores a calculated run; the same run again changes nothing, a committed one stays committed.
// param: id :: STRING
// param: properties :: MAP hashes, counts and totals in minor units
// param: calculated_at :: INTEGER epoch milliseconds
// output: state :: STRING
// cost: O(1)
// budget_ms: 100
MERGE (r:Run {id: $id})
  ON CREATE SET r += $properties, r.state = 'calculating', r.calculated_at = datetime({epochMillis: $calculated_at})
RETURN r.state AS state
