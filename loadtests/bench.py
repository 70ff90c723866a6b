"""`make bench`: what the service costs on this machine, beside what a user would pick instead.

One table, and the same as JSON. Every time comes from real servers, on generated companies of several shapes and
sizes, and no time counts whose answer was not found right. Compare figures of one run only: machines are noisy.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from app.logs import configure_logs
from app.settings import Neo4jSettings
from loadtests.company import size_of
from loadtests.conductor import Conductor
from loadtests.filling import serving, settings_in
from loadtests.machine import memory_settings
from loadtests.plan import PARTS, PROMISES, QUICK, WHOLE, Plan, narrowed
from loadtests.report import head, say, whisper, write
from loadtests.sheet import Sheet
from loadtests.table import conclusions
from loadtests.trees import SEED, SHAPES
from loadtests.watch import Watch

COMMITTED: Final = Path("bench/latest.json")
"""Of whole runs only; the others go where git does not look."""
OTHERS: Final = Path("out/bench.json")


def main() -> None:
    chosen = _arguments()
    plan = narrowed(QUICK if chosen.quick else WHOLE, chosen.sizes, chosen.shapes, chosen.only)
    configure_logs("ERROR")
    sheet, watch = Sheet(PROMISES, say), Watch(whisper)
    out, postgres = OTHERS, ""
    try:
        postgres = asyncio.run(measured(plan, sheet, watch))
        out = chosen.out or (COMMITTED if plan == WHOLE else OTHERS)
    finally:
        # What was measured before something failed is kept as well, but never where whole runs are.
        write(out, report_of(sheet, watch, postgres))
        for line in ("", *conclusions(sheet.rows, len(PROMISES)), f"written to {out} after {watch.total / 60:.1f} min"):
            say(line)


async def measured(plan: Plan, sheet: Sheet, watch: Watch) -> str:
    """PostgreSQL's version, or why it was not asked; rows are shown as they come."""
    with tempfile.TemporaryDirectory(prefix="banyan-bench-") as folder:
        conductor = Conductor(plan, sheet, watch, Path(folder), whisper)
        await conductor.run(serving(settings_in(Path(folder) / "small"), whisper))
        return conductor.postgres


def report_of(sheet: Sheet, watch: Watch, postgres: str) -> dict[str, Any]:
    """What goes into the file."""
    start = head(postgres)
    return {
        **start,
        "machine": start["machine"] | memory_settings(Neo4jSettings()),
        "seed": SEED,
        "seconds": {"whole": round(watch.total), **{name: round(took) for name, took in watch.seconds.items()}},
        "companies": [section.as_json() for section in sheet.sections],
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small companies and few calls")
    parser.add_argument("--sizes", type=_sizes, help="such as 10k,1M; 0 for none")
    parser.add_argument("--shapes", type=_words(SHAPES), help=f"of {', '.join(SHAPES)}")
    parser.add_argument("--only", type=_words(PARTS), help=f"of {', '.join(PARTS)}; files are imported in any case")
    parser.add_argument("--out", type=Path, help=f"else a whole run writes {COMMITTED}, any other {OTHERS}")
    return parser.parse_args()


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(size_of(each) for each in text.split(",") if each != "0")


def _words(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def words(text: str) -> tuple[str, ...]:
        if other := set(text.split(",")) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(other))}: give some of {', '.join(known)}")
        return tuple(text.split(","))

    return words


if __name__ == "__main__":
    main()
