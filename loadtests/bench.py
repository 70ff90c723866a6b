"""`make bench`: what the service costs on this machine, beside what a user would pick instead.

One table, and the same as JSON. Every time comes from real servers, on generated companies of several shapes and
sizes, and no time counts whose answer was not found right. Compare figures of one run only: machines are noisy.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from app.logs import configure_logs
from app.settings import Neo4jSettings
from loadtests.conductor import Conductor
from loadtests.filling import serving, settings_in
from loadtests.machine import machine, memory_settings, versions
from loadtests.plan import PARTS, PROMISES, QUICK, WHOLE, Plan, narrowed
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
    sheet, watch = Sheet(PROMISES, _say), Watch(_whisper)
    out, postgres = OTHERS, ""
    try:
        postgres = asyncio.run(measured(plan, sheet, watch))
        out = chosen.out or (COMMITTED if plan == WHOLE else OTHERS)
    finally:
        # What was measured before something failed is kept as well, but never where whole runs are.
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(report_of(sheet, watch, postgres), indent=1) + "\n", encoding="utf-8")
        for line in ("", *conclusions(sheet.rows, len(PROMISES)), f"written to {out} after {watch.total / 60:.1f} min"):
            _say(line)


async def measured(plan: Plan, sheet: Sheet, watch: Watch) -> str:
    """PostgreSQL's version, or why it was not asked; rows are shown as they come."""
    with tempfile.TemporaryDirectory(prefix="banyan-bench-") as folder:
        conductor = Conductor(plan, sheet, watch, Path(folder), _whisper)
        await conductor.run(serving(settings_in(Path(folder) / "small"), _whisper))
        return conductor.postgres


def report_of(sheet: Sheet, watch: Watch, postgres: str) -> dict[str, Any]:
    """What goes into the file."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine() | memory_settings(Neo4jSettings()),
        "versions": versions(postgres),
        "seed": SEED,
        "seconds": {"whole": round(watch.total), **{name: round(took) for name, took in watch.seconds.items()}},
        "companies": [section.as_json() for section in sheet.sections],
    }


def _say(line: str) -> None:
    print(line, flush=True)


def _whisper(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


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
    units = {"k": 1_000, "M": 1_000_000}
    return tuple(int(each.rstrip("kM")) * units.get(each[-1:], 1) for each in text.split(",") if each != "0")


def _words(known: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    def words(text: str) -> tuple[str, ...]:
        if other := set(text.split(",")) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(other))}: give some of {', '.join(known)}")
        return tuple(text.split(","))

    return words


if __name__ == "__main__":
    main()
