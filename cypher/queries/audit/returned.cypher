// name: returned
// mode: READ
// description: Which orders came back by some returns, as parallel lists.
// param: ids :: LIST OF STRING numbers of returns
// output: returns :: LIST OF STRING
// output: orders :: LIST OF STRING
// cost: O(returns given); budget_ms: 1000 because a period may have many
UNWIND $ids AS id
MATCH (back:Fact {order_id: id})
USING INDEX SEEK back:Fact(order_id)
RETURN collect(id) AS returns, collect(back.return_of) AS orders
