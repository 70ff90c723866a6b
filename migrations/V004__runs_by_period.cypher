// The runs of a period, and the newest of a calendar.

CREATE INDEX run_period IF NOT EXISTS FOR (r:Run) ON (r.calendar, r.period);
