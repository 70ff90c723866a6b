"""A folder of CSV files with their sums, for somebody without this software."""

import csv
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from app.clock import from_ms, zulu
from app.errors import InvalidInputError
from app.files import SUMS, secured_sum, sums_text
from app.spreadsheets import guarded

MOST_ROWS: Final = 50_000_000
"""Of one file."""


class ExportFolder:
    """Files that are written under another name until all of them are whole.

    Raises InvalidInputError when there is something already where they are to be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._part = self.path.with_name(f"{self.path.name}.part")
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise InvalidInputError(f"{path} is there already; give an empty folder or a new name.")
        if self._part.exists():
            raise InvalidInputError(f"{self._part} was left by an export that was killed; remove it and try again.")
        self._part.mkdir(parents=True)
        self.rows: dict[str, int] = {}
        """Of each table so far, by the name of its file."""

    def table(self, name: str, header: Sequence[str]) -> "Table":
        """A new CSV file; close it after its last row."""
        self.rows[name] = 0
        return Table(self, self._part / name, header)

    def write_table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A whole CSV file."""
        table = self.table(name, header)
        try:
            table.write(rows)
        finally:
            table.close()

    def text(self, name: str, text: str) -> None:
        """A whole text file."""
        (self._part / name).write_text(text, encoding="utf-8")

    def seal(self) -> str:
        """Write the sums of all files, and have everything on the disk; the SHA-256 of the sums themselves."""
        self.text(SUMS, sums_text({path.name: secured_sum(path) for path in sorted(self._part.iterdir())}))
        return secured_sum(self._part / SUMS)

    def finish(self) -> None:
        """Give the folder its name."""
        self._part.replace(self.path)

    def discard(self) -> None:
        """What was written of an export that failed goes away."""
        shutil.rmtree(self._part, ignore_errors=True)


class Table:
    """A CSV file that grows: UTF-8, commas, lines end with LF; no cell is run by a spreadsheet."""

    def __init__(self, folder: ExportFolder, path: Path, header: Sequence[str]) -> None:
        self._folder = folder
        self._path = path
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._writer.writerow(header)

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        """The next rows. Raises InvalidInputError beyond fifty million."""
        for row in rows:
            self._writer.writerow([_cell(value) for value in row])
            self._folder.rows[self._path.name] += 1
        if self._folder.rows[self._path.name] > MOST_ROWS:
            raise InvalidInputError(f"{self._path.name} would have more than {MOST_ROWS:,} rows; that is the limit.")

    def close(self) -> None:
        self._file.close()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    return guarded(value) if isinstance(value, str) else value


def instant(epoch_ms: int) -> str:
    """An instant as the files tell it; empty for one so far ahead that it is no instant."""
    return zulu(from_ms(epoch_ms)) if epoch_ms < 2**53 else ""
