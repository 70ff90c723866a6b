"""A company of any size into an empty database, through Neo4j's own offline importer.

The result is what the same commands give one by one: the same facts with the same hashes, people, edges and tallies.
"""
