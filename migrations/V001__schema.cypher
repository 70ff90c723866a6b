// Constraints and indexes of the graph. Names are what errors and plans show.

CREATE CONSTRAINT head_name IF NOT EXISTS FOR (h:Head) REQUIRE h.name IS UNIQUE;

CREATE CONSTRAINT fact_seq IF NOT EXISTS FOR (f:Fact) REQUIRE f.seq IS UNIQUE;
CREATE CONSTRAINT fact_key IF NOT EXISTS FOR (f:Fact) REQUIRE f.key IS UNIQUE;
// Orders and returns alone carry order_id, and share one name space.
CREATE CONSTRAINT fact_order_id IF NOT EXISTS FOR (f:Fact) REQUIRE f.order_id IS UNIQUE;
// An order is returned once.
CREATE CONSTRAINT return_of IF NOT EXISTS FOR (f:Return) REQUIRE f.return_of IS UNIQUE;
// A snapshot reads the orders of a period of a calendar up to a seq. Only what a company keeps is in them.
CREATE INDEX fact_daily IF NOT EXISTS FOR (f:Fact) ON (f.daily, f.seq);
CREATE INDEX fact_four_weeks IF NOT EXISTS FOR (f:Fact) ON (f.four_weeks, f.seq);
CREATE INDEX fact_monthly IF NOT EXISTS FOR (f:Fact) ON (f.monthly, f.seq);
CREATE INDEX fact_weekly IF NOT EXISTS FOR (f:Fact) ON (f.weekly, f.seq);
// What a person brings along from a former system: one opening and one past statement a month.
CREATE CONSTRAINT opening_ix_period IF NOT EXISTS FOR (f:Opening) REQUIRE (f.ix, f.period) IS UNIQUE;
CREATE CONSTRAINT past_statement_ix_period IF NOT EXISTS FOR (f:PastStatement) REQUIRE (f.ix, f.period) IS UNIQUE;

CREATE CONSTRAINT distributor_ix IF NOT EXISTS FOR (d:Distributor) REQUIRE d.ix IS UNIQUE;
CREATE CONSTRAINT distributor_id IF NOT EXISTS FOR (d:Distributor) REQUIRE d.id IS UNIQUE;
// A snapshot asks how many people were enrolled by a sequence number.
CREATE INDEX distributor_enrol_seq IF NOT EXISTS FOR (d:Distributor) ON (d.enrol_seq);
// Those in the holding tank, by when their time to choose a place ends.
CREATE INDEX distributor_held_until IF NOT EXISTS FOR (d:Distributor) ON (d.held_until);
// Ids are found by distributor_id; words of a million ids more would double what this index takes to fill.
CREATE FULLTEXT INDEX distributor_search IF NOT EXISTS FOR (d:Distributor) ON EACH [d.name];
CREATE CONSTRAINT customer_id IF NOT EXISTS FOR (c:Customer) REQUIRE c.id IS UNIQUE;

// One live parent per tree, one live child per slot.
CREATE CONSTRAINT sponsored_by_child IF NOT EXISTS FOR ()-[r:SPONSORED_BY]-() REQUIRE r.child IS UNIQUE;
CREATE CONSTRAINT placed_under_child IF NOT EXISTS FOR ()-[r:PLACED_UNDER]-() REQUIRE r.child IS UNIQUE;
CREATE CONSTRAINT placed_under_slot IF NOT EXISTS FOR ()-[r:PLACED_UNDER]-() REQUIRE (r.parent, r.slot) IS UNIQUE;
// Ended edges: a person may have several, so these are indexes only.
CREATE INDEX was_sponsored_by_child IF NOT EXISTS FOR ()-[r:WAS_SPONSORED_BY]-() ON (r.child);
CREATE INDEX was_placed_under_child IF NOT EXISTS FOR ()-[r:WAS_PLACED_UNDER]-() ON (r.child);

CREATE CONSTRAINT tally_ix_calendar IF NOT EXISTS FOR (t:Tally) REQUIRE (t.ix, t.calendar) IS UNIQUE;
CREATE CONSTRAINT period_number IF NOT EXISTS FOR (p:Period) REQUIRE (p.calendar, p.number) IS UNIQUE;
CREATE CONSTRAINT cursor_name IF NOT EXISTS FOR (c:Cursor) REQUIRE c.name IS UNIQUE;
CREATE CONSTRAINT run_id IF NOT EXISTS FOR (r:Run) REQUIRE r.id IS UNIQUE;
// The runs of a period, and the newest of a calendar.
CREATE INDEX run_period IF NOT EXISTS FOR (r:Run) ON (r.calendar, r.period);
CREATE CONSTRAINT statement_run_ix IF NOT EXISTS FOR (s:Statement) REQUIRE (s.run, s.ix) IS UNIQUE;
