"""The blob port: put bytes, get a name that is their SHA-256. Whoever has the name can check what it stands for."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Protocol

from app.errors import BanyanError


class BlobMissingError(BanyanError):
    title = "Stored file missing"


class BlobDamagedError(BanyanError):
    title = "Stored file damaged"


class BlobStore(Protocol):
    """Where immutable files are kept."""

    def put(self, content: bytes) -> str:
        """Store bytes durably; their SHA-256 in hexadecimal. The same bytes again cost nothing."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes called `name`, checked. Raises BlobMissingError, BlobDamagedError."""
        ...

    def open(self, name: str) -> Path:
        """A local file with the bytes called `name`, for readers that need only a part of it; not checked."""
        ...


class DirectoryBlobs:
    """Blobs in a directory, two levels deep, each written whole or not at all."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        return name

    def get(self, name: str) -> bytes:
        content = self.open(name).read_bytes()
        actual = hashlib.sha256(content).hexdigest()
        if actual != name:
            raise BlobDamagedError(f"{self._path(name)} holds other bytes than its name says (SHA-256 {actual}).")
        return content

    def open(self, name: str) -> Path:
        path = self._path(name)
        if not path.exists():
            raise BlobMissingError(f"{path} is not there; restore the blob directory from its backup, or run again.")
        return path

    def _path(self, name: str) -> Path:
        return self._root / name[:2] / name
