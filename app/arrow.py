"""What Arrow is given again and again."""

from functools import lru_cache
from typing import Any

import pyarrow as pa


@lru_cache(maxsize=1024)
def constant(value: str) -> Any:
    """A text as an Arrow scalar. Given a plain one, Arrow looks on the disk for a library that its type could be from,
    each time, which takes as long as joining a thousand texts."""
    return pa.scalar(value, pa.string())
