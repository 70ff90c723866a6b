"""Puts a staged Neo4j store in the place of the present one, and finishes what a kill cut off."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

STAGED: Final = "incoming"
PRESENT: Final = "neo4j"
_MARK: Final = "swap"


def _folders(home: Path, database: str) -> Iterator[Path]:
    for kind in ("databases", "transactions"):
        yield home / "data" / kind / database


def clear_staged(home: Path) -> None:
    """Drop a store that was not finished."""
    for folder in _folders(home, STAGED):
        shutil.rmtree(folder, ignore_errors=True)


def begin_swap(home: Path) -> None:
    """From here on the staged store is the one that counts, whatever happens."""
    mark = home / _MARK
    with mark.open("w") as file:
        file.write(f"{STAGED} takes the place of {PRESENT}\n")
        file.flush()
        os.fsync(file.fileno())


def finish_swap(home: Path) -> None:
    """Rename what is still to be renamed; nothing to do without a mark."""
    mark = home / _MARK
    if not mark.exists():
        return
    for staged, present in zip(_folders(home, STAGED), _folders(home, PRESENT), strict=True):
        if staged.exists():
            shutil.rmtree(present, ignore_errors=True)
            staged.rename(present)
    mark.unlink()
