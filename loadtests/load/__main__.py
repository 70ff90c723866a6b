"""`make load`: how long three kinds of user wait, at rates that come whatever becomes of the requests before.

A company with a committed month, one API process and one worker, as a small deployment runs them, and Locust beside
them on the same machine. A time begins when its request was due. First a mix of 60 % dashboards, 20 % rank and pay,
10 % trees and 10 % orders at several rates, then pages of trees while orders flow. After each stage the facts in the
graph are counted.
"""

import argparse
import asyncio
import tempfile
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from app.logs import configure_logs
from loadtests.company import size_of
from loadtests.filling import settings_in
from loadtests.load.conductor import QUICK, WHOLE, Plan, run
from loadtests.load.draws import S
from loadtests.load.rows import HEADING, Row
from loadtests.report import head, say, whisper, write

COMMITTED: Final = Path("load/latest.json")
"""Of whole runs only; the others go where git does not look."""
OTHERS: Final = Path("out/load.json")


def main() -> None:
    chosen = _arguments()
    plan = _plan(chosen)
    configure_logs("ERROR")
    rows: list[Row] = []
    out, began = OTHERS, time.monotonic()

    def tell(row: Row) -> None:
        if not rows or rows[-1].stage != row.stage:
            say(f"\n{row.stage}\n{HEADING}")
        rows.append(row)
        say(row.line)

    try:
        with tempfile.TemporaryDirectory(prefix="banyan-load-") as folder:
            asyncio.run(run(plan, settings_in, Path(folder), tell, whisper))
        out = chosen.out or (COMMITTED if plan == WHOLE else OTHERS)
    finally:
        # What was measured before something failed is kept as well, but never where whole runs are.
        report = report_of(plan, rows, time.monotonic() - began)
        write(out, report)
        say(f"\nwritten to {out}")


def report_of(plan: Plan, rows: list[Row], seconds: float) -> dict[str, Any]:
    """What goes into the file."""
    return {
        **head(locust=version("locust")),
        "people": plan.people,
        "zipf_s": S,
        "seed": plan.seed,
        "stage_seconds": plan.seconds,
        "seconds": round(seconds),
        "rows": [row.as_json() for row in rows],
    }


def _plan(chosen: argparse.Namespace) -> Plan:
    plan = QUICK if chosen.quick else WHOLE
    return replace(
        plan,
        people=chosen.people or plan.people,
        rates=tuple(chosen.rates or plan.rates),
        seconds=chosen.seconds or plan.seconds,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "make load",
        description=(__doc__ or "").replace("%", "%%"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a small company, low rates, a few seconds a stage")
    parser.add_argument("--people", type=size_of, help="such as 100k")
    parser.add_argument("--rates", type=float, nargs="+", help="of the mix, requests a second")
    parser.add_argument("--seconds", type=float, help="of each stage")
    parser.add_argument("--out", type=Path, help=f"else a whole run writes {COMMITTED}, any other {OTHERS}")
    return parser.parse_args()


if __name__ == "__main__":
    main()
