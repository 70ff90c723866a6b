// name: card
// mode: READ
// description: a distributor's own data and present places; no row when there is no such distributor
// param: id :: STRING the distributor
// output: id :: STRING
// output: name :: STRING
// output: status :: STRING active, suspended or terminated
// output: title :: STRING
// output: region :: STRING
// output: enrolled_at :: INTEGER epoch milliseconds
// output: sponsor_id :: STRING null at the top
// output: parent_id :: STRING null at the top of the binary tree and without a place
// output: slot :: INTEGER 1 left, 2 right, 0 without a parent
// output: matrix_parent_id :: STRING null at the top of the matrix and without a place
// output: matrix_slot :: INTEGER 1 to the width of the matrix, from the left; 0 without a parent
// output: customers :: INTEGER how many customers the distributor has
// output: sponsored :: INTEGER how many people the distributor sponsors
// output: placed_below :: INTEGER how many are placed directly under the distributor, 0 to 2
// output: matrix_below :: INTEGER how many are placed directly under the distributor in the matrix
// output: as_of_seq :: INTEGER the last fact the answer knows
// output: as_of_at :: INTEGER when that was recorded, epoch ms
// cost: O(customers of the distributor); budget_ms: 50
MATCH (head:Head {name: 'head'})
MATCH (d:Distributor {id: $id})
OPTIONAL MATCH (d)-[:SPONSORED_BY]->(sponsor)
OPTIONAL MATCH (d)-[:PLACED_UNDER]->(parent)
OPTIONAL MATCH (d)-[seat:SEATED_UNDER]->(matrix_parent)
RETURN d.id AS id, d.name AS name, d.status AS status, d.title AS title, d.region AS region, d.enrolled_at AS enrolled_at,
       sponsor.id AS sponsor_id, parent.id AS parent_id, d.slot AS slot,
       matrix_parent.id AS matrix_parent_id, coalesce(seat.slot, 0) AS matrix_slot,
       COUNT { (d)<-[:CUSTOMER_OF]-() } AS customers, COUNT { (d)<-[:SPONSORED_BY]-() } AS sponsored,
       COUNT { (d)<-[:PLACED_UNDER]-() } AS placed_below, COUNT { (d)<-[:SEATED_UNDER]-() } AS matrix_below,
       head.seq AS as_of_seq, coalesce(head.recorded_at, 0) AS as_of_at
