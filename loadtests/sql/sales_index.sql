CREATE INDEX ON sales (seller) INCLUDE (own, cv);
ANALYZE sales;
ANALYZE active;
