// name: people
// mode: READ
// description: What people say of themselves beside places, each with the fact that enrolled them, as parallel lists.
// param: from_ix :: INTEGER first number
// param: to_ix :: INTEGER number after the last
// output: ixs :: LIST OF INTEGER
// output: said :: LIST OF MAP
// output: told_ixs :: LIST OF INTEGER whom the fact enrolled, -1 where the number is of no enrolment
// output: bodies :: LIST OF STRING canonical JSON of its command, empty where the number is of no enrolment
// cost: O(range); budget_ms: 1000 because one call reads 5,000 people
MATCH (d:Distributor)
WHERE d.ix >= $from_ix AND d.ix < $to_ix
OPTIONAL MATCH (f:Fact:Enrol {seq: d.enrol_seq})
RETURN collect(d.ix) AS ixs,
       collect(d {.id, .owner, .name, .status, .region, .title, .enrolled_at, .preference, .status_at, .terminated_at,
                  .consequence}) AS said,
       collect(coalesce(f.ix, -1)) AS told_ixs, collect(coalesce(f.body, '')) AS bodies
