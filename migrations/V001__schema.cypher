// Constraints of the graph: nobody writes before they are there. Names are what errors and plans show.
// After an import of a million people some take many seconds, two at a time: what is soon done comes before, since it would
// wait for their locks, and the facts, which take longest, before the people.

CREATE CONSTRAINT head_name IF NOT EXISTS FOR (h:Head) REQUIRE h.name IS UNIQUE;
CREATE CONSTRAINT cursor_name IF NOT EXISTS FOR (c:Cursor) REQUIRE c.name IS UNIQUE;
CREATE CONSTRAINT period_number IF NOT EXISTS FOR (p:Period) REQUIRE (p.calendar, p.number) IS UNIQUE;
CREATE CONSTRAINT run_id IF NOT EXISTS FOR (r:Run) REQUIRE r.id IS UNIQUE;
CREATE CONSTRAINT calculation_id IF NOT EXISTS FOR (c:Calculation) REQUIRE c.id IS UNIQUE;
CREATE CONSTRAINT statement_run_ix IF NOT EXISTS FOR (s:Statement) REQUIRE (s.run, s.ix) IS UNIQUE;
// An order is returned once.
CREATE CONSTRAINT return_of IF NOT EXISTS FOR (f:Return) REQUIRE f.return_of IS UNIQUE;
// What a person brings along from a former system: one opening of each calendar, one past statement a period.
CREATE CONSTRAINT opening_ix_period IF NOT EXISTS FOR (f:Opening) REQUIRE (f.ix, f.period) IS UNIQUE;
CREATE CONSTRAINT past_statement_period IF NOT EXISTS FOR (f:PastStatement) REQUIRE (f.ix, f.calendar, f.period) IS UNIQUE;

// What became of people's status: a snapshot reads it by slices.
CREATE INDEX terminate_ix IF NOT EXISTS FOR (f:Terminate) ON (f.ix);
CREATE INDEX reinstate_ix IF NOT EXISTS FOR (f:Reinstate) ON (f.ix);
// The newest policy of moves.
CREATE INDEX move_policy_seq IF NOT EXISTS FOR (f:SetMovePolicy) ON (f.seq);

// One live parent per tree, one live child per slot.
CREATE CONSTRAINT seated_under_child IF NOT EXISTS FOR ()-[r:SEATED_UNDER]-() REQUIRE r.child IS UNIQUE;
CREATE CONSTRAINT seated_under_slot IF NOT EXISTS FOR ()-[r:SEATED_UNDER]-() REQUIRE (r.parent, r.slot) IS UNIQUE;

CREATE CONSTRAINT fact_seq IF NOT EXISTS FOR (f:Fact) REQUIRE f.seq IS UNIQUE;
CREATE CONSTRAINT fact_key IF NOT EXISTS FOR (f:Fact) REQUIRE f.key IS UNIQUE;
// Orders and returns alone carry order_id, and share one name space.
CREATE CONSTRAINT fact_order_id IF NOT EXISTS FOR (f:Fact) REQUIRE f.order_id IS UNIQUE;

CREATE CONSTRAINT distributor_ix IF NOT EXISTS FOR (d:Distributor) REQUIRE d.ix IS UNIQUE;
CREATE CONSTRAINT distributor_id IF NOT EXISTS FOR (d:Distributor) REQUIRE d.id IS UNIQUE;
CREATE CONSTRAINT placed_under_child IF NOT EXISTS FOR ()-[r:PLACED_UNDER]-() REQUIRE r.child IS UNIQUE;
CREATE CONSTRAINT placed_under_slot IF NOT EXISTS FOR ()-[r:PLACED_UNDER]-() REQUIRE (r.parent, r.slot) IS UNIQUE;
CREATE CONSTRAINT sponsored_by_child IF NOT EXISTS FOR ()-[r:SPONSORED_BY]-() REQUIRE r.child IS UNIQUE;
CREATE CONSTRAINT tally_ix_calendar IF NOT EXISTS FOR (t:Tally) REQUIRE (t.ix, t.calendar) IS UNIQUE;
CREATE CONSTRAINT customer_id IF NOT EXISTS FOR (c:Customer) REQUIRE c.id IS UNIQUE;
