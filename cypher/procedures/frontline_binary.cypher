// name: frontline_binary
// mode: READ
// description: the two people placed directly under a person, by ix; no row when the person does not exist
// param: id :: STRING the parent
// param: after_ix :: INTEGER = -1 the ix of the last person of the page before; -1 for the first page
// param: page :: INTEGER = 50 how many people at most
// output: ixs :: LIST OF INTEGER the people's inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: slots :: LIST OF INTEGER 1 left, 2 right
// output: sponsor_ids :: LIST OF STRING who sponsored them
// output: child_counts :: LIST OF INTEGER how many are placed directly under them
// output: more :: BOOLEAN whether another page follows
// cost: O(1); budget_ms: 100
MATCH (root:Distributor {id: $id})
CALL (root) {
  MATCH (root)<-[place:PLACED_UNDER]-(person)
  WHERE person.ix > $after_ix
  WITH person, place ORDER BY person.ix LIMIT $page + 1
  OPTIONAL MATCH (person)-[:SPONSORED_BY]->(sponsor)
  RETURN collect(person) AS people, collect(place.slot) AS slots, collect(coalesce(sponsor.id, '')) AS sponsor_ids
}
WITH people[..$page] AS people, slots[..$page] AS slots, sponsor_ids[..$page] AS sponsor_ids, size(people) > $page AS more
RETURN [person IN people | person.ix] AS ixs, [person IN people | person.id] AS ids,
       [person IN people | person.name] AS names, [person IN people | person.status] AS statuses, slots, sponsor_ids,
       [person IN people | COUNT { (person)<-[:PLACED_UNDER]-() }] AS child_counts, more
