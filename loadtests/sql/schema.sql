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
-- What pay looks at beside the trees; filled where it is asked for.
CREATE TABLE sales (
  seller int NOT NULL,
  own boolean NOT NULL,
  cv bigint NOT NULL
);
CREATE TABLE active (
  id int PRIMARY KEY
);
