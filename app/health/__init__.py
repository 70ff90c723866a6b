"""Whether this process lives, and whether it is ready to serve."""
