"""What an import reads, what it compares with, and what it decides.

Instants are epoch milliseconds, volumes minor units (1/100).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from app.errors import BanyanError, InvalidInputError
from app.facts.calendars import MONTHLY, PLACED, CommissionDate
from app.facts.commands import SetMovePolicy
from app.periods.calendars import name_of
from app.places.spots import PlacementTree

Kind = Literal[
    "settings",
    "distributors",
    "placements",
    "matrix_placements",
    "customers",
    "orders",
    "periods",
    "moves",
    "openings",
    "past_statements",
    "rank_overrides",
]
COLUMNS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "settings": ("setting", "value"),
    "distributors": (
        "id",
        "name",
        "sponsor",
        "enrolled_at",
        "status",
        "owner",
        "region",
        "title",
        "preference",
        "held_until",
        "held_for",
        "terminated_at",
        "consequence",
    ),
    "placements": ("distributor", "parent", "slot", "placed_at"),
    "matrix_placements": ("distributor", "parent", "slot", "placed_at"),
    "customers": ("id", "name", "distributor", "registered_at"),
    "orders": (
        "id",
        "buyer",
        "buyer_kind",
        "kind",
        "return_of",
        "placed_at",
        "paid_at",
        "shipped_at",
        "pv",
        "cv",
        "period",
    ),
    "periods": ("calendar", "name", "zone", "state", "starts_at", "ends_at", "grace_ends_at", "commission_date"),
    "moves": ("tree", "distributor", "parent", "slot", "valid_from", "valid_to"),
    "openings": ("distributor", "period", "carry_left", "carry_right", "balance", "highest_rank"),
    "past_statements": ("distributor", "period", "bonus", "amount", "currency", "note"),
    "rank_overrides": ("distributor", "rank", "since", "until", "author", "reason"),
}
"""The columns of each file, in any order, in the order of an export."""
KINDS: Final = tuple(COLUMNS)
OPTIONAL: Final[Mapping[Kind, tuple[str, ...]]] = {
    "distributors": ("preference", "held_until", "held_for", "terminated_at", "consequence"),
    "placements": ("placed_at",),
    "matrix_placements": ("placed_at",),
    "orders": ("paid_at", "shipped_at", "period"),
    "periods": ("grace_ends_at", "commission_date"),
}
"""The columns that a file may leave out."""

MAX_ROWS: Final = 60_000
"""Rows of one import: what one transaction writes comfortably. A larger company starts from the offline loader."""
MAX_BAD_LINES: Final = 1_000
"""Bad lines told one by one; the rest is counted."""


class Reason(StrEnum):
    """Why a cell, a row or a file is refused."""

    UNREADABLE = "file cannot be read"
    MISSING_COLUMN = "column is missing"
    UNKNOWN_COLUMN = "unknown column"
    REPEATED_COLUMN = "column stands twice"
    WRONG_WIDTH = "wrong number of values"
    NOT_UTF8 = "not UTF-8"
    EMPTY = "empty"
    TOO_LONG = "too long"
    UNPRINTABLE = "control or invisible character"
    OUTER_SPACE = "space at the beginning or end"
    UNKNOWN_WORD = "not one of the allowed words"
    BAD_INSTANT = "not an instant with a zone"
    FUTURE = "in the future"
    BAD_AMOUNT = "not an amount with at most two decimals"
    NEGATIVE = "negative"
    TOO_LARGE = "too large"
    REPEATED_ID = "id stands twice"
    DIFFERS = "stored with other values"
    UNKNOWN_SPONSOR = "unknown sponsor"
    SPONSOR_LATER = "sponsor enrolled later"
    PARENT_LATER = "parent enrolled later"
    BEFORE_ENROLMENT = "before the enrolment"
    BEFORE_REGISTRATION = "before the registration"
    SPONSOR_CYCLE = "cycle of sponsors"
    NOT_TERMINATED = "only somebody terminated has it"
    UNKNOWN_DISTRIBUTOR = "unknown distributor"
    UNKNOWN_PARENT = "unknown parent"
    PARENT_UNPLACED = "parent has no place"
    PLACED_TWICE = "placed twice"
    TOP_PLACED = "has no sponsor, so tops its own tree"
    HALF_HELD = "needs held_until and held_for, both or neither"
    HELD_AND_PLACED = "is in the holding tank, so has no place yet"
    SLOT_TAKEN = "slot is taken"
    PLACEMENT_CYCLE = "cycle of placements"
    OUTSIDE_SPONSOR = "not below the sponsor"
    UNKNOWN_BUYER = "unknown buyer"
    NOT_A_RETURN = "only a return has it"
    NOT_AN_ORDER = "only an order has it"
    BEFORE_ORDER = "before the order"
    OTHER_DATE = "counts orders by another date"
    UNKNOWN_ORDER = "unknown order"
    RETURNED_TWICE = "returned twice"
    RETURN_EARLIER = "return before its order"
    RETURN_DIFFERS = "differs from the order returned"
    NO_PERIOD = "no open period"
    BAD_DAY = "not a day"
    NOTHING_ENDS = "no rank is decided that could end"
    REPEATED_RESULT = "person and bonus stand twice"
    UNKNOWN_BONUS = "unknown bonus"
    UNKNOWN_PERIOD = "unknown period"
    WRONG_PERIOD = "cannot count in that period"
    REPEATED_CALENDAR = "two periods of one calendar"
    NO_COURSE = "contradicts another row"
    UNKNOWN_ZONE = "unknown time zone"
    BAD_PERIOD = "not a period of its calendar"
    NOT_A_PERIOD = "not a period"
    NOT_THE_PERIODS = "not the period's"
    NOT_NEXT = "does not follow the one before"
    NOT_OVER = "closed before its end"
    GRACE_EARLIER = "before the end of the period"
    NOT_OPEN = "only an open period has it"
    CLOSED_LATER = "closed while an earlier one is open"
    TOO_MANY_OPEN = "more than two open periods"
    NOT_A_SLOT = "no slot of that tree"
    NO_MATRIX = "the company keeps no matrix"
    NOT_A_COUNT = "not a whole number within its bounds"
    HALF_SET = "needs both or neither"
    NO_ZONE = "days of which zone is not said"
    NOT_DAYS = "not days of a month"
    REPEATED_SETTING = "setting stands twice"
    ENDS_EARLIER = "ends before it begins"
    GAP = "does not join what was before or after"
    PERIOD_PAID = "a run is committed already"
    PERIOD_CLOSED = "the period is closed already"
    PERIOD_KEPT = "an earlier period is kept here"
    PERIOD_NOT_OVER = "the period is not over"
    PERIOD_OPEN = "an earlier period stays open"
    TWO_PERIODS = "another period than the other openings"
    TWO_CURRENCIES = "another currency than before"
    TOO_MANY_LINES = "too many lines"
    HISTORY_STORED = "moves of a stored person go through the API"


@dataclass(frozen=True, slots=True)
class BadLine:
    """One fault. `line` is the line of a CSV file (the header is 1), or the row of a Parquet file (the first is 1)."""

    file: str
    line: int
    column: str
    """Empty when the fault is not one column's."""
    reason: Reason
    observed: str
    """The cell as it stands in the file, shortened, with unprintable characters escaped."""
    detail: str
    """What it was compared with, or what would be right; may be empty."""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" + (f" {self.column}" if self.column else "")
        return f"{where}: {self.reason}: '{self.observed}'" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class MatrixShape:
    """The matrix that a company keeps: slots below each person, and levels that are paid."""

    width: int
    depth: int


@dataclass(frozen=True, slots=True)
class CompanySettings:
    """What a company keeps beside its people; None for what it does not."""

    matrix: MatrixShape | None = None
    moves: SetMovePolicy | None = None
    """What moves it allows."""

    @property
    def facts(self) -> int:
        """How many facts say it."""
        return (self.matrix is not None) + (self.moves is not None)

    def beside(self, stored: "CompanySettings") -> "CompanySettings":
        """What of it is not stored already."""
        return CompanySettings(
            None if stored.matrix is not None else self.matrix, None if stored.moves is not None else self.moves
        )


@dataclass(frozen=True, slots=True)
class StoredPlace:
    """Where somebody stands in a tree with slots: id of the parent, slot (0: no place), since when (epoch ms)."""

    parent: str = ""
    slot: int = 0
    placed_at: int = 0


NOWHERE: Final = StoredPlace()


@dataclass(frozen=True, slots=True)
class StoredDistributor:
    """A distributor as stored. `sponsor` is an id, empty for none."""

    name: str
    sponsor: str
    enrolled_at: int
    status: str
    owner: str
    region: str
    title: str
    preference: str = ""
    held_until: int = 0
    """Epoch milliseconds; 0 outside the holding tank."""
    held_for: str = ""
    terminated_at: int = -1
    """-1: not, or for ever."""
    consequence: str = ""
    binary: StoredPlace = NOWHERE
    matrix: StoredPlace = NOWHERE

    def place_in(self, tree: PlacementTree) -> StoredPlace:
        return self.binary if tree == "binary" else self.matrix


@dataclass(frozen=True, slots=True)
class StoredCustomer:
    """A customer as stored."""

    name: str
    distributor: str
    registered_at: int


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order or a return as stored; a return repeats its order's buyer, and `return_of` is empty on an order."""

    buyer: str
    buyer_kind: str
    return_of: str
    placed_at: int
    pv: int
    """Positive, on a return too."""
    cv: int
    counts_in: Mapping[str, int | None]
    """By calendar the number of the period it counts in."""
    paid_at: int | None = None
    shipped_at: int | None = None


@dataclass(frozen=True, slots=True)
class StoredPeriod:
    """A period of a calendar, [starts_at, ends_at)."""

    number: int
    zone: str
    starts_at: int
    ends_at: int
    open: bool
    calendar: str = MONTHLY
    grace_ends_at: int | None = None
    """From then on it takes nothing more, though it be open."""
    commission_date: CommissionDate = PLACED
    """By which of its dates an order counts."""
    reopened: bool = False
    """It is open again."""

    @property
    def name(self) -> str:
        """It tells the calendar."""
        return name_of(self.calendar, self.number)

    @property
    def state(self) -> str:
        """As a file spells it."""
        return "reopened" if self.reopened else "open" if self.open else "closed"


@dataclass(frozen=True, slots=True)
class StoredTree:
    """What is stored of a tree with slots around the parents that an input names."""

    slots: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """(parent, slot) to child, for every parent that the input names."""
    parents: Mapping[str, str] = field(default_factory=dict)
    """Child to parent along the whole way up from every stored parent that the input names."""


PastPlace = tuple[str, str, str, int, int, int]
"""An ended edge: tree, distributor, parent, slot (0 in the sponsor tree), valid from, valid to."""


@dataclass(frozen=True, slots=True)
class StoredOpening:
    """What somebody brought along into a period."""

    carry_left: int
    carry_right: int
    balance: int
    highest_rank: str


PastRow = tuple[str, int, str, str]
"""Bonus, amount, currency and note of a line of the former system's statement."""


SaidOfRank = tuple[str, str, str, str, str]
"""Rank (empty: none any more), first day, last day (empty with it), author and reason."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored values of the ids an input names; an id that is absent is not stored."""

    distributors: Mapping[str, StoredDistributor] = field(default_factory=dict)
    customers: Mapping[str, StoredCustomer] = field(default_factory=dict)
    orders: Mapping[str, StoredOrder] = field(default_factory=dict)
    """Orders and returns by number: those named, and the orders that named returns are of."""
    returned: Mapping[str, str] = field(default_factory=dict)
    """Order number to the number of its return."""
    binary: StoredTree = field(default_factory=StoredTree)
    matrix: StoredTree = field(default_factory=StoredTree)
    settings: CompanySettings = CompanySettings()
    periods: tuple[StoredPeriod, ...] = ()
    """Every one of every calendar."""
    paid: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """By calendar the numbers of the periods with a committed run."""
    openings: Mapping[tuple[str, str], StoredOpening] = field(default_factory=dict)
    """By distributor and name of the period, like past statements."""
    opens: Mapping[str, int] = field(default_factory=dict)
    """By calendar the number of the period that any opening is of."""
    past_statements: Mapping[tuple[str, str], Counter[PastRow]] = field(default_factory=dict)
    rank_overrides: Mapping[str, Sequence[SaidOfRank]] = field(default_factory=dict)
    """By distributor what was decided of their rank, in the order in which it was said."""
    past: frozenset[PastPlace] = frozenset()
    """The ended edges of the distributors whose moves the input names."""

    def tree(self, tree: PlacementTree) -> StoredTree:
        return self.binary if tree == "binary" else self.matrix


@dataclass(frozen=True, slots=True)
class FileCount:
    """How the rows of one file fared: each is new, unchanged or bad."""

    file: str
    rows: int
    new: int
    unchanged: int
    bad: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How an import ended; `imported` is false when there were bad lines and nothing was written."""

    imported: bool
    files: tuple[FileCount, ...]
    bad_lines: tuple[BadLine, ...]
    bad_counts: Mapping[Reason, int]
    last_seq: int | None
    """Number of the last fact written; None when none was."""


class ImportDirectoryError(InvalidInputError):
    """The directory is not one that can be imported."""

    title = "No import found"


class ImportTooLargeError(BanyanError):
    """More rows than one transaction takes."""

    status = 413
    title = "Import too large"
