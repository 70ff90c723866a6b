"""Files that only their owner may read."""

import os
from pathlib import Path


def write_secret(file: Path, text: str) -> None:
    """Write the file whole or not at all, and never for a moment readable by others."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as output:
        output.write(text)
    fresh.replace(file)
