"""`banyan doctor`: is everything in the graph as it must be? The chain of facts, edges against facts, and mirrors and
tallies against edges."""
