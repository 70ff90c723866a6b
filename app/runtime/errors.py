"""Errors of getting Neo4j and Redis to answer."""

from app.errors import UnavailableError


class RuntimeStartError(UnavailableError):
    """A server that Banyan needs did not start or does not answer: what was seen, where, and what to do."""

    title = "A server did not start"
