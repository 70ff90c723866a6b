"""What the file of every bench begins with, how it is written, and how a run is told while it goes on."""

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loadtests.machine import machine, versions


def head(postgres: str = "not asked", **more: str) -> dict[str, Any]:
    """When, where, and of which versions; `more` beside those that every bench has."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"at": at, "machine": machine(), "versions": versions(postgres) | more}


def write(path: Path, report: Mapping[str, Any]) -> None:
    """As JSON, in a folder that is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def say(line: str) -> None:
    """What the run is asked for."""
    print(line, flush=True)


def whisper(line: str) -> None:
    """How it goes on."""
    print(line, file=sys.stderr, flush=True)
