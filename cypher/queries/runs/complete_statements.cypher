// name: complete_statements
// mode: WRITE
// description: What save_statements says, where some of the statements may be there: those are left as they are.
// param: run :: STRING
// param: bonuses :: LIST OF STRING of the plan, in its order
// param: ixs :: LIST OF INTEGER
// param: distributors :: LIST OF STRING
// param: amounts :: LIST OF INTEGER minor units
// param: ranks :: LIST OF STRING the rank for pay, null for none
// param: by_bonus :: LIST OF LIST OF INTEGER minor units in the order of the bonuses
// output: saved :: INTEGER
// cost: O(statements)
// budget_ms: 1000 because one call writes up to 5,000 statements
UNWIND range(0, size($ixs) - 1) AS row
MERGE (s:Statement {run: $run, ix: $ixs[row]})
  ON CREATE SET s.distributor = $distributors[row], s.amount = $amounts[row], s.rank = $ranks[row], s.bonuses = $bonuses,
    s.amounts = $by_bonus[row]
RETURN count(s) AS saved
