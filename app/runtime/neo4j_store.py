"""Replaces the store of an embedded Neo4j by one built offline from files: whole, or not at all.

The new store is built beside the present one. Putting it in its place is two renames behind a mark on the disk, and
every later start finishes renames that were cut off, so a kill at any moment leaves the one store or the other.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.runtime.errors import RuntimeStartError
from app.runtime.neo4j_embedded import AdminOutput, neo4j_admin, neo4j_home, refuse_while_running
from app.runtime.process import Progress, lock_folder
from app.runtime.swap import STAGED, begin_swap, clear_staged, finish_swap
from app.settings import Settings

DATABASE: Final = "neo4j"
MAX_OFF_HEAP: Final = "1500M"
"""Of the importer. With more, less of the store is written before its end, when nothing else is left to do."""


def build_store(settings: Settings, files: Sequence[str], progress: Progress, output: AdminOutput) -> None:
    """Build a store from files (`--nodes=…`, `--relationships=…`) and put it in the place of the present one.

    The server of the folder must be stopped. Raises RuntimeStartError when one runs, or when the files are not taken.
    """
    home = neo4j_home(settings)
    refuse_while_running(home)
    with lock_folder(home, "Neo4j", progress):
        finish_swap(home)
        clear_staged(home)
    options = ["--id-type=integer", "--bad-tolerance=0", f"--threads={os.cpu_count() or 1}"]
    options += ["--high-parallel-io=on", f"--max-off-heap-memory={MAX_OFF_HEAP}"]
    options += [f"--report-file={home / 'logs' / 'import.report'}"]
    neo4j_admin(settings, ["database", "import", "full", *options, *files, "--", STAGED], progress, output)
    with lock_folder(home, "Neo4j", progress):
        begin_swap(home)
        finish_swap(home)


def has_store(settings: Settings) -> bool:
    """Whether the embedded Neo4j of this data folder was ever started."""
    return (neo4j_home(settings) / "data" / "databases" / DATABASE).exists()


def refuse_other_sources(settings: Settings) -> None:
    """Raise unless the graph is an embedded one, whose files are ours to replace."""
    if settings.neo4j.url or settings.runtime in ("url", "container"):
        raise RuntimeStartError(
            "Only the store of an embedded Neo4j can be built offline; this one runs elsewhere. Import with "
            "BANYAN_RUNTIME=embedded and copy the store, or import less at a time."
        )


def free_space(settings: Settings) -> int:
    """Bytes free where the store lies."""
    folder: Path = settings.data_dir.expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(folder).free
