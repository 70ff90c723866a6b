"""Orders and returns: what volume is made of."""
