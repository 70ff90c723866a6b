"""The caller of a request."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What kind of person holds the token."""

    ADMIN = "admin"
    """Reads and writes everything."""
    SUPPORT = "support"
    """Reads everything and asks ad-hoc Cypher (with personal data masked); writes nothing."""
    DISTRIBUTOR = "distributor"
    """Reads themselves and whoever is below them in any of the trees."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller, as the token says."""

    subject: str
    """Who holds the token; the actor of every fact this caller writes."""
    role: Role
    distributor: str | None
    """The distributor's id; set exactly for role distributor."""
