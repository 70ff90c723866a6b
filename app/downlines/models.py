"""What a whole downline is asked for by, and what is known of it before its first page."""

from dataclasses import dataclass
from typing import Any, Literal

from app.errors import BanyanError, InvalidInputError, UnavailableError
from app.trees.models import Tree

Format = Literal["ndjson", "csv", "parquet"]
Columns = dict[str, list[Any]]
"""A page of people as the graph gives it: lists side by side, volumes in minor units."""


class TooManyExportsError(BanyanError):
    """As many downlines as this process sends at a time are under way; nothing was read."""

    status = 429
    title = "Too many exports"


class DownlineTooLargeError(InvalidInputError):
    """The downline has more people than one answer takes."""

    title = "Downline too large"


class ExportTimeoutError(UnavailableError):
    """Finding the downline and sending it took longer than one export may take."""

    title = "Export took too long"


@dataclass(frozen=True, slots=True)
class Asked:
    """Everybody below `id`, to `depth` levels or (None) all of them, with figures of the period of that number of a
    calendar, 0 for none."""

    id: str
    tree: Tree
    depth: int | None
    period: int
    calendar: str
    format: Format


@dataclass(frozen=True, slots=True)
class Present:
    """Where a company stands: the number of its last fact, when that was recorded (epoch ms), and its people."""

    seq: int
    recorded_at: int
    people: int


@dataclass(frozen=True, slots=True)
class Heading:
    """What is true of the whole answer, told before its first byte."""

    rows: int
    """How many people follow."""
    as_of_seq: int
    """Who stands where is as of this fact exactly."""
    as_of_at: int
    """When that was recorded, epoch ms."""
    figures_seq: int
    """Figures know every fact up to this one, and maybe later ones."""
