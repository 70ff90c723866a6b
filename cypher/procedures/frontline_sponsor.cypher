// name: frontline_sponsor
// mode: READ
// description: the people a person sponsors, by ix, one page at a time; no row when the person does not exist
// param: id :: STRING the sponsor
// param: after_ix :: INTEGER = -1 the ix of the last person of the page before; -1 for the first page
// param: page :: INTEGER = 50 how many people at most
// output: ixs :: LIST OF INTEGER the people's inner numbers
// output: ids :: LIST OF STRING
// output: names :: LIST OF STRING
// output: statuses :: LIST OF STRING active, suspended or terminated
// output: slots :: LIST OF INTEGER 0: the sponsor tree has no slots
// output: sponsor_ids :: LIST OF STRING who sponsored them
// output: child_counts :: LIST OF INTEGER how many they sponsor themselves
// output: more :: BOOLEAN whether another page follows
// cost: O(frontline), its names read for one page only; budget_ms: 100
MATCH (root:Distributor {id: $id})
CALL (root) {
  MATCH (root)<-[:SPONSORED_BY]-(person)
  WHERE person.ix > $after_ix
  WITH person ORDER BY person.ix LIMIT $page + 1
  RETURN collect(person) AS people
}
WITH root, people[..$page] AS people, size(people) > $page AS more
RETURN [person IN people | person.ix] AS ixs, [person IN people | person.id] AS ids,
       [person IN people | person.name] AS names, [person IN people | person.status] AS statuses,
       [person IN people | 0] AS slots, [person IN people | root.id] AS sponsor_ids,
       [person IN people | COUNT { (person)<-[:SPONSORED_BY]-() }] AS child_counts, more
