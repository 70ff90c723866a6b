"""Domain events: what happened, told from the facts by number, as a list, a stream, or to groups of consumers."""
