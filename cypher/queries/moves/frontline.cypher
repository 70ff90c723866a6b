// name: frontline
// mode: READ
// description: Whom somebody sponsors now, in the order of entry, and who sponsors them; no row when they do not exist.
// param: id :: STRING
// param: most :: INTEGER how many at most
// output: ids :: LIST OF STRING
// output: since :: LIST OF INTEGER epoch ms, since when
// output: sponsor_id :: STRING '' at the top
// output: sponsored_since :: INTEGER epoch ms, since when by that one; 0 at the top
// cost: O(frontline)
// budget_ms: 500 because a frontline may be wide
MATCH (d:Distributor {id: $id})
OPTIONAL MATCH (d)-[own:SPONSORED_BY]->(sponsor:Distributor)
CALL (d) {
  MATCH (child:Distributor)-[edge:SPONSORED_BY]->(d)
  WITH child, edge ORDER BY child.ix LIMIT $most
  RETURN collect(child.id) AS ids, collect(edge.valid_from) AS since
}
RETURN ids, since, coalesce(sponsor.id, '') AS sponsor_id, coalesce(own.valid_from, 0) AS sponsored_since
