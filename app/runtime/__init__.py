"""Where Neo4j and Redis come from: a URL, a container, or servers started here (see sources.py)."""
