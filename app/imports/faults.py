"""Collects what is wrong with an input, a column at a time, and tells the first faults in the order of the files."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.imports.models import MAX_BAD_LINES, BadLine, Reason

Ints = NDArray[np.int64]
_OBSERVED = 80


@dataclass(frozen=True, slots=True)
class Found:
    """The same fault of one column in several rows."""

    kind: str
    column: str
    reason: Reason
    lines: Ints
    rows: Ints
    """Row indices, or empty when the fault is not of rows that were read."""
    observed: Any
    """One text a fault (a list, or an Arrow column indexed by row), so that only those told are ever rendered."""
    details: Sequence[str] | str
    """One a line, or one for all."""


class Faults:
    """The faults of one input."""

    def __init__(self) -> None:
        self._found: list[Found] = []
        self._files: dict[str, tuple[str, Sequence[str]]] = {}
        self._bad_rows: dict[str, NDArray[np.bool_]] = {}
        self._unread: Counter[str] = Counter()
        self.in_whole_file = False
        """Whether a file could not be read at all."""

    def begin(self, kind: str, file: str, columns: Sequence[str], rows: int) -> None:
        """Name the file that the faults of `kind` are in; files are told in the order in which they began."""
        self._files[kind] = (file, columns)
        self._bad_rows[kind] = np.zeros(rows, dtype=bool)

    def add_unread(self, bad_line: BadLine, kind: str) -> None:
        """A fault of the file, or of a row that could not be read at all."""
        if bad_line.reason is Reason.WRONG_WIDTH:
            self._unread[kind] += 1
        else:
            self.in_whole_file = True
        line, nothing = np.array([bad_line.line]), np.array([], dtype=np.int64)
        self._found.append(
            Found(kind, bad_line.column, bad_line.reason, line, nothing, [bad_line.observed], bad_line.detail)
        )

    def add(self, found: Found) -> None:
        """Faults of rows that were read."""
        self._bad_rows[found.kind][found.rows] = True
        self._found.append(found)

    def bad_rows(self, kind: str) -> NDArray[np.bool_]:
        """Which of the rows read have a fault so far."""
        return self._bad_rows[kind]

    def bad_count(self, kind: str) -> int:
        """Rows with a fault, those that could not be read among them."""
        return int(self._bad_rows[kind].sum()) + self._unread[kind]

    def unread(self, kind: str) -> int:
        """Rows that could not be read."""
        return self._unread[kind]

    def __bool__(self) -> bool:
        return bool(self._found)

    def counts(self) -> dict[Reason, int]:
        """Faults by reason, the most frequent first."""
        counted: Counter[Reason] = Counter()
        for found in self._found:
            counted[found.reason] += len(found.lines)
        return dict(counted.most_common())

    def first(self, limit: int = MAX_BAD_LINES) -> tuple[BadLine, ...]:
        """The first faults by file, line and column."""
        if not self._found:
            return ()
        batch = np.concatenate([np.full(len(f.lines), n) for n, f in enumerate(self._found)])
        place = np.concatenate([np.arange(len(f.lines)) for f in self._found])
        lines = np.concatenate([f.lines for f in self._found])
        begun = list(self._files)
        file = np.array([begun.index(f.kind) for f in self._found])[batch]
        column = np.array([self._column_number(f) for f in self._found])[batch]
        order = np.lexsort((batch, column, lines, file))[:limit]
        return tuple(self._bad_line(self._found[batch[i]], int(place[i])) for i in order)

    def _column_number(self, found: Found) -> int:
        columns = self._files[found.kind][1]
        return columns.index(found.column) if found.column in columns else -1

    def _bad_line(self, found: Found, place: int) -> BadLine:
        observed = found.observed[int(found.rows[place])].as_py() if found.rows.size else found.observed[place]
        detail = found.details if isinstance(found.details, str) else found.details[place]
        file = self._files[found.kind][0]
        return BadLine(file, int(found.lines[place]), found.column, found.reason, shown(observed), detail)


def shown(text: str) -> str:
    """A cell fit to be printed: shortened, and without characters that a terminal would act on."""
    short = text if len(text) <= _OBSERVED else f"{text[: _OBSERVED - 1]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in short)
