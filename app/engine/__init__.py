"""Pure pay: a snapshot and a plan in, lines and reasons out. No I/O, no clock, no randomness."""
