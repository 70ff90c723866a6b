"""Results of ad-hoc queries as JSON, with personal data covered."""

import base64
import math
from datetime import date, datetime, time
from typing import Any, Final

from app.support.guard import PERSONAL_KEYS

MASK: Final = "•••"


def present(columns: tuple[str, ...], rows: list[list[Any]], *, masked: bool) -> list[list[Any]]:
    """The rows as JSON values; `masked` covers personal columns, and personal keys of nodes and maps at any depth."""
    personal = [masked and column.rpartition(".")[2].lower() in PERSONAL_KEYS for column in columns]
    return [
        [_cover(value) if hide else _plain(value, masked) for value, hide in zip(row, personal, strict=True)]
        for row in rows
    ]


def _plain(value: Any, masked: bool) -> Any:
    if isinstance(value, dict):
        return {
            str(key): _cover(item) if masked and str(key).lower() in PERSONAL_KEYS else _plain(item, masked)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(item, masked) for item in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _cover(value: Any) -> Any:
    if isinstance(value, list):
        return [_cover(item) for item in value]
    return None if value is None else MASK
