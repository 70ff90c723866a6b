"""`banyan doctor`: is everything in the graph as it must be? Trees, mirrors, history, chain and tallies."""
