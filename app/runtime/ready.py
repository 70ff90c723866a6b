"""The ready file: how a second process finds the server that a first one runs for the same data folder."""

import contextlib
import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.runtime.models import Address, Source
from app.runtime.secret_files import write_secret

START_TIMES_DIFFER_S = 1.0


@dataclass(frozen=True, slots=True)
class Ready:
    """A server that answered, and who started it."""

    address: Address
    source: Source
    owner_pid: int
    owner_started: float
    """Process ids are used again; a process is known by its id and its start."""

    def owner_lives(self) -> bool:
        """Whether the process that will stop the server is still there."""
        with contextlib.suppress(psutil.Error):
            owner = psutil.Process(self.owner_pid)
            same = abs(owner.create_time() - self.owner_started) < START_TIMES_DIFFER_S
            return same and owner.status() != psutil.STATUS_ZOMBIE
        return False


def _file(home: Path) -> Path:
    return home / "ready.json"


def announce(home: Path, address: Address, source: Source) -> None:
    """Tell other processes of this data folder that the server answers and that this process owns it."""
    owner = psutil.Process()
    ready = Ready(address, source, os.getpid(), owner.create_time())
    write_secret(_file(home), json.dumps(dataclasses.asdict(ready)))


def announced(home: Path) -> Ready | None:
    """What the last owner announced, if it did not withdraw it."""
    try:
        fields = json.loads(_file(home).read_text(encoding="utf-8"))
        return Ready(**{**fields, "address": Address(**fields["address"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None  # none, or of another version: the folder's process lock still guards the store


def withdraw(home: Path) -> None:
    """Take the announcement back, before the server stops."""
    _file(home).unlink(missing_ok=True)
