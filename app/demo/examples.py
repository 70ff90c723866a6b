"""The published examples that the tour runs, with what their sources say comes out."""

from dataclasses import dataclass
from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@dataclass(frozen=True, slots=True)
class Example:
    """A small published company. `expected` per month: distributor to the amount the source publishes, as text."""

    title: str
    folder: Path
    plan: str
    expected: dict[str, dict[str, str]]


EXAMPLES = (
    Example(
        "G7 (mlmforge): a unilevel chain, nobody inactive",
        SAMPLES / "g7",
        "g7-unilevel",
        {"2026-01": {"B": "4.00", "A": "4.00", "Sponsor": "4.00", "Top": "4.00", "D": "0.00"}},
    ),
    Example(
        "G8, none: A is inactive and keeps the level",
        SAMPLES / "g8",
        "g7-unilevel",
        {"2026-01": {"B": "4.00", "A": "0.00", "Sponsor": "4.00", "Top": "4.00"}},
    ),
    Example(
        "G8, standard: A is inactive and takes no level",
        SAMPLES / "g8",
        "g8-unilevel-standard",
        {"2026-01": {"B": "4.00", "A": "0.00", "Sponsor": "4.00", "Top": "4.00"}},
    ),
    Example(
        "G14 (mlmforge): a binary with carry over two months",
        SAMPLES / "g14",
        "g14-binary",
        {"2026-01": {"You": "20.00"}, "2026-02": {"You": "40.00"}},
    ),
)
