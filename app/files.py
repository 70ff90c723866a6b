"""Files that people get: each is there whole, or as it was before."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from app.errors import InvalidInputError


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
