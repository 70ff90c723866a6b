"""`make faults`: parts of the service are killed under load, and nothing that was acknowledged is lost or doubled.

Neo4j, Redis, two API processes and two workers run as processes of their own, and so do the clients, which fsync what
they send and what they are told. After each fault they pause, and all is compared: journals with facts, tallies with
their recomputation, pages out of Redis with the graph; after each end of Neo4j and at last trees and hashes as well.
The table counts all commands so far.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from app.logs import configure_logs
from loadtests.company import size_of
from loadtests.faults.conductor import QUICK, WHOLE, Plan, run
from loadtests.faults.rows import HEADING, Row, conclusion
from loadtests.faults.schedule import KINDS
from loadtests.filling import settings_in
from loadtests.report import head, say, whisper, write

COMMITTED: Final = Path("faults/latest.json")
"""Of whole runs only; the others go where git does not look."""
OTHERS: Final = Path("out/faults.json")


def main() -> int:
    """0 when all is well."""
    chosen = _arguments()
    plan = _plan(chosen)
    configure_logs("ERROR")
    rows: list[Row] = []
    out, began = OTHERS, time.monotonic()

    def tell(row: Row) -> None:
        rows.append(row)
        say(row.line)

    say(HEADING)
    try:
        with tempfile.TemporaryDirectory(prefix="banyan-faults-") as folder:
            asyncio.run(run(plan, settings_in, Path(folder), tell, whisper))
        out = chosen.out or (COMMITTED if plan == WHOLE else OTHERS)
    finally:
        report = report_of(plan, rows, time.monotonic() - began)
        write(out, report)
        say(f"{conclusion(rows)}\nwritten to {out}")
    return 0 if report["well"] else 1


def report_of(plan: Plan, rows: list[Row], seconds: float) -> dict[str, Any]:
    """What goes into the file."""
    return {
        **head(),
        "people": plan.people,
        "commands_a_second": plan.rate,
        "clients": plan.clients,
        "seed": plan.seed,
        "seconds": round(seconds),
        "faults": len(rows),
        "kills": sum(row.killed for row in rows),
        "well": bool(rows) and len(rows) == len(plan.faults) and all(row.well for row in rows),
        "rows": [row.as_json() for row in rows],
    }


def _plan(chosen: argparse.Namespace) -> Plan:
    plan = QUICK if chosen.quick else WHOLE
    wanted = plan.counts if chosen.only is None else {kind: plan.counts.get(kind, 1) for kind in chosen.only}
    return replace(plan, people=chosen.people or plan.people, seed=chosen.seed or plan.seed, counts=wanted)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "make faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small company, and one fault of most kinds")
    parser.add_argument("--people", type=size_of, help="such as 100k")
    parser.add_argument("--seed", type=int, help="of the order of faults, and of what clients send")
    parser.add_argument("--only", nargs="+", choices=KINDS, help="faults of these kinds")
    parser.add_argument("--out", type=Path, help=f"else a whole run writes {COMMITTED}, any other {OTHERS}")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
