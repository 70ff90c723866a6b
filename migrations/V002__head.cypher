// The two nodes every graph begins with. Instants are epoch 0: no lease was ever held. Volumes by level are kept on demand.

MERGE (h:Head {name: 'head'})
  ON CREATE SET h.seq = 0, h.hash = '', h.people = 0;
MERGE (c:Cursor {name: 'rollup'})
  ON CREATE SET c.seq = 0, c.epoch = 0, c.holder = '', c.lease_until = 0, c.sponsor_levels = 0, c.binary_levels = 0;
