"""Immutable files named by their content: the lines and snapshots of runs."""
