"""`banyan export`: the company as of one fact, in the canonical form of import files."""
