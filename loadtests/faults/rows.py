"""One line and one JSON object for each fault, and what all of them come to."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from loadtests.faults.comparing import Compared
from loadtests.faults.doing import Done
from loadtests.faults.schedule import KILLS, Fault

_WHAT: Final = 66
HEADING: Final = (
    f"{'#':>3} {'fault':<{_WHAT}}{'away s':>8}{'sent':>9}{'acknowledged':>14}{'unknown':>9}{'open':>6}{'refused':>9}"
    f"{'lost':>6}{'doubled':>9}{'unequal':>9}{'stale':>7}{'facts':>11}  shown by"
)


@dataclass(frozen=True, slots=True)
class Row:
    """Counts are of all commands so far, since a later fault could take what an earlier one left."""

    number: int
    what: str
    killed: bool
    away_s: float
    sent: int
    acknowledged: int
    unknown: int
    open: int
    refused: int
    lost: int
    doubled: int
    unequal: int
    stale: int
    facts: int
    well: bool
    evidence: str
    problems: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        counts = (
            f"{self.away_s:>8.1f}{self.sent:>9,}{self.acknowledged:>14,}{self.unknown:>9,}{self.open:>6,}"
            f"{self.refused:>9,}{self.lost:>6,}{self.doubled:>9,}{self.unequal:>9,}{self.stale:>7,}{self.facts:>11,}"
        )
        told = "".join(f"\n      {problem}" for problem in self.problems)
        return f"{self.number:>3} {self.what:<{_WHAT}}{counts}  {self.evidence}".rstrip() + told

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"away_s": round(self.away_s, 2)}


def row_of(fault: Fault, done: Done, found: Compared) -> Row:
    verdict = found.verdict
    return Row(
        number=fault.number,
        what=fault.words,
        killed=fault.kind in KILLS,
        away_s=done.away_s,
        sent=verdict.sent,
        acknowledged=verdict.acknowledged,
        unknown=verdict.unknown,
        open=verdict.open,
        refused=verdict.refused,
        lost=verdict.lost,
        doubled=verdict.doubled,
        unequal=found.unequal,
        stale=found.stale,
        facts=found.facts,
        well=found.well,
        evidence=done.evidence,
        problems=tuple(found.problems),
        refusals=tuple(verdict.refusals),
    )


def conclusion(rows: list[Row]) -> str:
    """What is to be read first."""
    kills = sum(row.killed for row in rows)
    if not rows:
        return "no fault was done"
    last = rows[-1]
    told = (
        f"{len(rows)} faults, {kills} of them kills: {last.acknowledged:,} acknowledged, {last.unknown:,} unknown at "
        f"first, {last.open:,} to this day, {last.lost:,} lost, {last.doubled:,} doubled"
    )
    wrong = [str(row.number) for row in rows if not row.well]
    equal = "all counters equal their recomputation after each"
    return f"{told}; {equal}" if not wrong else f"{told}; NOT WELL after fault {', '.join(wrong)}"
