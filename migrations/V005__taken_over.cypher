// What a person brings along from a former system: one opening and one past statement a month.

CREATE CONSTRAINT opening_period_ix IF NOT EXISTS FOR (f:Opening) REQUIRE (f.period, f.ix) IS UNIQUE;
CREATE CONSTRAINT past_statement_period_ix IF NOT EXISTS FOR (f:PastStatement) REQUIRE (f.period, f.ix) IS UNIQUE;
