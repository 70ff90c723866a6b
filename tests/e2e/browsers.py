"""Which browser looks at the page: one on PATH, else Playwright's own, else Debian's package, else a download.

Debian's package comes before the download because a machine whose user is root and that has apt-get can have it for
certain, and a refused download costs its whole time limit.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_LOCK: Final = Path(tempfile.gettempdir()) / "banyan-browser-install.lock"
_APT_STEPS: Final = (
    ("update",),
    ("install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=60", "chromium"),
)


class NoBrowserError(Exception):
    """No browser is here and none could be brought here; the message says what was tried and what to do."""


@dataclass(frozen=True)
class Machine:
    """What the choice depends on."""

    search_path: str
    """PATH, in which programs are looked for."""
    playwrights_own: Path
    """Where Playwright keeps the browser it downloads."""
    is_root: bool
    download: Sequence[str] = (sys.executable, "-m", "playwright", "install", "chromium")
    limit_s: float = 120.0
    """How long one step of an installation may take."""

    def program(self, *names: str) -> Path | None:
        """The first of these programs on the search path."""
        found = (shutil.which(name, path=self.search_path) for name in names)
        return next((Path(program) for program in found if program), None)


def find_browser(machine: Machine) -> Path:
    """A Chromium to look with, brought here when there is none. Errors: NoBrowserError."""
    here = _present(machine)
    if here:
        return here
    # Test processes that run side by side would fight for the package manager.
    with FileLock(_LOCK):
        here = _present(machine)
        return here or _brought(machine)


def _present(machine: Machine) -> Path | None:
    own = machine.playwrights_own
    return machine.program(*NAMES) or (own if own.is_file() else None)


def _brought(machine: Machine) -> Path:
    refusals = []
    for bring in (_bring_package, _bring_download):
        refusal = bring(machine)
        here = _present(machine)
        if here:
            return here
        refusals.append(refusal or "the installation ended well and left no browser")
    raise NoBrowserError(
        f"No browser to look at the explorer with. There is no {', '.join(NAMES)} on PATH; Debian's package: "
        f"{refusals[0]}; Playwright's own: {refusals[1]}. Install Chromium, or run 'playwright install chromium'."
    )


def _bring_package(machine: Machine) -> str | None:
    apt_get = machine.program("apt-get")
    if apt_get is None:
        return "this machine has no apt-get"
    if not machine.is_root:
        return "only root may install it"
    environment = {**os.environ, "PATH": machine.search_path, "DEBIAN_FRONTEND": "noninteractive"}
    for step in _APT_STEPS:
        refusal = _ran([str(apt_get), *step], machine.limit_s, environment)
        if refusal:
            return refusal
    return None


def _bring_download(machine: Machine) -> str | None:
    return _ran(machine.download, machine.limit_s, os.environ)


def _ran(command: Sequence[str], limit_s: float, environment: Mapping[str, str]) -> str | None:
    """None when the command ended well, else in a few words how it did not."""
    shown = " ".join([Path(command[0]).name, *command[1:]])
    try:
        done = subprocess.run(
            command,
            timeout=limit_s,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"'{shown}' did not end within {limit_s:g} s"
    except OSError as error:
        return f"'{shown}' could not start: {error.strerror}"
    if done.returncode == 0:
        return None
    lines = done.stdout.strip().splitlines()
    return f"'{shown}' failed with {done.returncode}: {lines[-1] if lines else 'it said nothing'}"
