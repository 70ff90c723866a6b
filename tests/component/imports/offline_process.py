"""`python -m tests.component.imports.offline_process DIRECTORY`: an offline import that ends itself at OFFLINE_STOP."""

import os
import pickle
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

from rich.console import Console

from app.imports.files import read_directory
from app.imports.offline.service import OfflineImport, Start
from app.imports.progress import Advance, Stages
from app.runtime.swap import STAGED
from tests.component.imports.test_offline import CLOCK, own_settings


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DeadlyStages(Stages):
    """Ends the process in the middle of one stage."""

    @contextmanager
    def stage(self, name: str, total: int, unit: str = "rows") -> Iterator[Advance]:
        with super().stage(name, total, unit) as advance:
            if name == os.environ["OFFLINE_STOP"]:
                die()
            yield advance


def die_after_the_first_rename() -> None:
    rename = Path.rename

    def rename_and_die(self: Path, target: Path) -> Path:
        done = rename(self, target)
        if self.name == STAGED:
            die()
        return done

    Path.rename = rename_and_die  # type: ignore[method-assign, assignment]


def main(folder: Path) -> None:
    settings = own_settings(Path(os.environ["OFFLINE_DATA"]))
    start: Start = pickle.loads(Path(os.environ["OFFLINE_START"]).read_bytes())
    if os.environ["OFFLINE_STOP"] == "swap":
        die_after_the_first_rename()
    OfflineImport(settings, CLOCK, DeadlyStages(Console(file=StringIO()))).run(read_directory(folder), start)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
