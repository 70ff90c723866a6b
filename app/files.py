"""Files that people get: each is there whole, or as it was before."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from app.errors import InvalidInputError

SUMS: Final = "SHA256SUMS"
"""The file beside others that tells the SHA-256 of each, as sha256sum reads it."""


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file to write that takes the place of `path` at the end. Raises InvalidInputError when it cannot be written."""
    unfinished = path.with_name(f".{path.name}.new")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            yield file
        unfinished.replace(path)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written ({error.strerror}); name another file.") from error


def secured_sum(path: Path) -> str:
    """The SHA-256 of a file, all of which is on the disk then, so that a name never stands for less."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return digest


def sums_text(sums: Mapping[str, str]) -> str:
    """What SHA256SUMS says; `sums` by the name of the file."""
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items())
