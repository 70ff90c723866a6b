// name: stands_in_binary
// mode: READ
// description: Who stands in a slot of somebody in the binary tree, and since when they are enrolled.
// param: ix :: INTEGER
// param: slot :: INTEGER 0: that person themself
// output: id :: STRING
// output: enrolled_at :: INTEGER epoch ms
// cost: O(1)
// budget_ms: 100
CALL () {
  WITH * WHERE $slot = 0
  MATCH (one:Distributor {ix: $ix})
  USING INDEX SEEK one:Distributor(ix)
  RETURN one
  UNION
  WITH * WHERE $slot > 0
  MATCH (above:Distributor {ix: $ix})<-[:PLACED_UNDER {slot: $slot}]-(one)
  USING INDEX SEEK above:Distributor(ix)
  RETURN one
}
RETURN one.id AS id, one.enrolled_at AS enrolled_at
