CREATE TABLE distributors (
  id int PRIMARY KEY,
  sponsor int,
  parent int,
  slot smallint
);
CREATE TABLE orders (
  seller int NOT NULL,
  pv bigint NOT NULL
);
