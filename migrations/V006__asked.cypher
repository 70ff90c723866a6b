// Commands that are asked for over Bolt (docs/adr/0023): a key stands for one. Only those that wait have a place in the queue, and only
// those that were answered have an end.
CREATE CONSTRAINT asked_key IF NOT EXISTS FOR (a:Asked) REQUIRE a.key IS UNIQUE;
CREATE INDEX asked_waiting IF NOT EXISTS FOR (a:Asked) ON (a.waiting);
CREATE INDEX asked_answered_at IF NOT EXISTS FOR (a:Asked) ON (a.answered_at);
