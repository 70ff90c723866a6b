// Orders that count by the date on which they are paid or shipped: each date is told once.
CREATE CONSTRAINT date_of IF NOT EXISTS FOR (f:DateOrder) REQUIRE (f.date_of, f.date) IS UNIQUE;
