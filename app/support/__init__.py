"""The Cypher desk: ad-hoc questions to the graph, read-only, limited, masked and logged."""
