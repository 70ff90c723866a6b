// Indexes that make answers fast and guard nothing: a graph is used while they fill.

// Ended edges: a person may have several, so these are indexes only.
CREATE INDEX was_sponsored_by_child IF NOT EXISTS FOR ()-[r:WAS_SPONSORED_BY]-() ON (r.child);
CREATE INDEX was_placed_under_child IF NOT EXISTS FOR ()-[r:WAS_PLACED_UNDER]-() ON (r.child);
CREATE INDEX was_seated_under_child IF NOT EXISTS FOR ()-[r:WAS_SEATED_UNDER]-() ON (r.child);
// The runs of a period, and the newest of a calendar.
CREATE INDEX run_period IF NOT EXISTS FOR (r:Run) ON (r.calendar, r.period);
// Calculations that wait or are at work, and the newest.
CREATE INDEX calculation_state IF NOT EXISTS FOR (c:Calculation) ON (c.state);
CREATE INDEX calculation_requested_seq IF NOT EXISTS FOR (c:Calculation) ON (c.requested_seq);
// The period of a calendar that begins with what people brought along: its first run reads that by slices of people.
CREATE INDEX opening_calendar IF NOT EXISTS FOR (f:Opening) ON (f.calendar, f.period, f.ix);
// Those in the holding tank, by when their time to choose a place ends.
CREATE INDEX distributor_held_until IF NOT EXISTS FOR (d:Distributor) ON (d.held_until);
// Positions of somebody who has several: the first one, whose id the others name, names nobody.
CREATE INDEX distributor_owner IF NOT EXISTS FOR (d:Distributor) ON (d.owner);
// Ids are found by distributor_id; words of a million ids more would double what this index takes to fill.
// It is written behind the commits, which would wait longer for it than for all else; a search waits for it instead.
CREATE FULLTEXT INDEX distributor_search IF NOT EXISTS FOR (d:Distributor) ON EACH [d.name]
  OPTIONS {indexConfig: {`fulltext.eventually_consistent`: true}};
