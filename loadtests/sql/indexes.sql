-- With what the walks read beside the key, so that they need not visit the table.
CREATE INDEX ON distributors (sponsor) INCLUDE (id);
CREATE INDEX ON distributors (parent, slot) INCLUDE (id);
CREATE INDEX ON orders (seller) INCLUDE (pv);
