// A snapshot asks how many people were enrolled by a sequence number.

CREATE INDEX distributor_enrol_seq IF NOT EXISTS FOR (d:Distributor) ON (d.enrol_seq);
