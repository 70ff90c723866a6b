"""All rows of one bench, by company: what was promised and how times grow is written beside a row as it comes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from loadtests.growth import exponent
from loadtests.rows import Promise, Row, kept
from loadtests.table import line_of, title_of

Promises = Mapping[tuple[str, int, str], Promise]
"""By what the row is called, how many people its company has, and their shape."""


@dataclass(slots=True)
class Section:
    """The rows of one company."""

    shape: str
    people: int
    rows: list[Row] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"shape": self.shape, "people": self.people, "rows": [row.as_json() for row in self.rows]}


class Sheet:
    """Takes rows, completes and shows them. `section` comes before the first row."""

    def __init__(self, promises: Promises, say: Callable[[str], None]) -> None:
        self._promises = promises
        self._say = say
        self.sections: list[Section] = []

    def section(self, shape: str, people: int) -> None:
        """The rows that follow are of this company."""
        self.sections.append(Section(shape, people))
        self._say(title_of(shape, people))

    def add(self, row: Row) -> None:
        here = self.sections[-1]
        promise = self._promises.get((row.what, here.people, here.shape))
        if promise is not None:
            row = replace(row, asked=str(promise), met=kept(row, promise))
        row = replace(row, growth=self._growth(row, here))
        here.rows.append(row)
        self._say(line_of(row))

    @property
    def rows(self) -> list[Row]:
        return [row for section in self.sections for row in section.rows]

    def _growth(self, row: Row, here: Section) -> float | None:
        """Since the largest smaller company of the shape that has this row."""
        before = [
            (section.people, other.p50_ms)
            for section in self.sections
            if section.shape == here.shape and section.people < here.people
            for other in section.rows
            if other.what == row.what and other.p50_ms
        ]
        if not before or not row.p50_ms:
            return None
        people, took = max(before)
        return exponent(people, took, here.people, row.p50_ms)
