// name: frontline
// mode: READ
// description: Whom somebody sponsors now and who sponsors them, in the order of enrolment; no row when they do not exist.
// param: id :: STRING
// param: most :: INTEGER how many at most
// output: ixs :: LIST OF INTEGER
// output: ids :: LIST OF STRING
// output: since :: LIST OF INTEGER epoch ms, since when
// output: sponsor_ix :: INTEGER -1 at the top
// output: sponsor_id :: STRING '' at the top
// cost: O(frontline)
// budget_ms: 500 because a frontline may be wide
MATCH (d:Distributor {id: $id})
OPTIONAL MATCH (d)-[:SPONSORED_BY]->(sponsor:Distributor)
CALL (d) {
  MATCH (child:Distributor)-[edge:SPONSORED_BY]->(d)
  WITH child, edge ORDER BY child.ix LIMIT $most
  RETURN collect(child.ix) AS ixs, collect(child.id) AS ids, collect(edge.valid_from) AS since
}
RETURN ixs, ids, since, coalesce(sponsor.ix, -1) AS sponsor_ix, coalesce(sponsor.id, '') AS sponsor_id
