// name: returns
// mode: READ
// description: Which of some orders have come back, and the numbers of those returns, in parallel lists.
// param: ids :: LIST OF STRING numbers of orders
// output: orders :: LIST OF STRING
// output: returns :: LIST OF STRING
// cost: O(ids)
// budget_ms: 500 because one call asks for up to 5,000 ids
UNWIND $ids AS id
MATCH (r:Return {return_of: id})
RETURN collect(r.return_of) AS orders, collect(r.order_id) AS returns
