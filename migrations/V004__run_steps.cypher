// The steps of a run, in the order of their facts.
CREATE INDEX step_run_run IF NOT EXISTS FOR (f:StepRun) ON (f.run_id);
CREATE INDEX commit_run_run IF NOT EXISTS FOR (f:CommitRun) ON (f.run_id);
