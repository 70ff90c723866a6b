"""Small import directories for tests, and a short way to what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.clock import to_ms
from app.facts.commands import Submission
from app.imports.commands import commands_of
from app.imports.files import read_directory
from app.imports.models import COLUMNS, OPTIONAL, BadLine, FileCount, Kind, Reason, Stored, StoredPeriod
from app.imports.validate import check_import


def ms(text: str) -> int:
    return to_ms(datetime.fromisoformat(text))


NOW = ms("2026-03-01T00:00:00Z")
OPEN = (
    StoredPeriod(202512, "UTC", ms("2025-12-01T00:00:00Z"), ms("2026-01-01T00:00:00Z"), False),
    StoredPeriod(202601, "UTC", ms("2026-01-01T00:00:00Z"), ms("2026-02-01T00:00:00Z"), True),
)
EMPTY = Stored(periods=OPEN)

# Top sponsors Amy, Bob and Cat; Bob stands below Amy although Top sponsors him; Dan has no place yet.
COMPANY: dict[Kind, list[str]] = {
    "distributors": [
        "Top,Top,,2025-01-01T00:00:00Z,active,,,",
        "Amy,Amy,Top,2025-02-01T00:00:00Z,,,DE,Gold",
        "Bob,Bob,Top,2025-03-01T00:00:00+02:00,suspended,Amy,,",
        "Cat,Cat,Top,2025-04-01T00:00:00.123456Z,terminated,,,",
        "Dan,Dan,Bob,2025-05-01T00:00:00Z,active,,,",
    ],
    "placements": ["Amy,Top,left", "Bob,Amy,1", "Cat,Top,2"],
    "customers": ["C1,Eve,Amy,2025-06-01T00:00:00Z"],
    "orders": [
        "O1,Bob,distributor,order,,2026-01-10T00:00:00Z,10,8.5",
        "O2,C1,customer,order,,2026-01-11T00:00:00Z,0.01,0",
        "R1,,,return,O1,2026-01-12T00:00:00Z,,",
    ],
}


def write(directory: Path, files: dict[Kind, list[str]]) -> Path:
    """The files as CSV, each with its header; of the columns that may be left out the first are, as many as the first
    row has none for."""
    directory.mkdir(exist_ok=True)
    for kind, rows in files.items():
        columns = COLUMNS[kind]
        optional = OPTIONAL.get(kind, ())
        lacking = len(columns) - rows[0].count(",") - 1 if rows else len(optional)
        columns = tuple(column for column in columns if column not in optional[: max(0, lacking)])
        text = "\n".join([",".join(columns), *rows]) + "\n"
        (directory / f"{kind}.csv").write_bytes(text.encode())
    return directory


def company(**extra: list[str]) -> dict[Kind, list[str]]:
    """The company above with rows added at the end of files."""
    return {kind: [*rows, *extra.get(kind, [])] for kind, rows in COMPANY.items()}


@dataclass(frozen=True)
class Planned:
    """What an input asks for, and how its rows fared."""

    commands: list[Submission]
    files: tuple[FileCount, ...]
    bad_lines: tuple[BadLine, ...]
    bad_counts: Mapping[Reason, int]


def plan(directory: Path, stored: Stored = EMPTY) -> Planned:
    found = check_import(read_directory(directory), stored, NOW)
    commands = commands_of(found) if found.sound else []
    return Planned(commands, found.files, found.bad_lines, found.bad_counts)


def bad_lines(directory: Path, stored: Stored = EMPTY) -> list[str]:
    return [str(line) for line in plan(directory, stored).bad_lines]
