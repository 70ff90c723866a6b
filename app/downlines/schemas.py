"""How the API's documentation shows an export: its three formats with an example each, and what its headers say."""

from typing import Any, Final

import orjson

from app.downlines.models import Format

MEDIA_TYPES: Final[dict[Format, str]] = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}
_ROW: Final[dict[str, Any]] = {
    "id": "D42",
    "name": "Example Person",
    "level": 1,
    "parent_id": "D7",
    "slot": 0,
    "sponsor_id": "D7",
    "status": "active",
    "title": "Silver",
    "region": "EU",
    "enrolled_at": "2026-03-02T10:00:00.000Z",
    "people": 118,
    "personal_pv": "120.00",
    "personal_cv": "96.50",
    "group_pv": "5400.00",
    "group_cv": "4300.00",
}
_EXAMPLES: Final[dict[Format, str]] = {
    "ndjson": orjson.dumps(_ROW).decode() + "\n",
    "csv": f"{','.join(_ROW)}\r\n{','.join(map(str, _ROW.values()))}\r\n",
    "parquet": "PAR1…PAR1",
}


def _header(kind: str, description: str, example: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind}, "example": example}


ANSWER: Final[dict[str, Any]] = {
    "description": "Everybody below. An answer that ends before `Row-Count` people, or without a clean end of its "
    "transfer, is a broken one.",
    "content": {
        media_type: {
            "schema": {"type": "string", "format": "binary"} if name == "parquet" else {"type": "string"},
            "example": _EXAMPLES[name],
        }
        for name, media_type in MEDIA_TYPES.items()
    },
    "headers": {
        "Row-Count": _header("integer", "How many people follow", 118),
        "As-Of-Seq": _header("integer", "Who stands where is as of this fact exactly", 1207),
        "As-Of-At": _header("string", "When that fact was recorded", "2026-03-05T09:30:00.000Z"),
        "Figures-As-Of-Seq": _header("integer", "Figures know every fact up to this one, maybe later ones", 1206),
        "Figures-Period": _header("string", "Whose volumes; empty when no period is open", "2026-03"),
        "Content-Disposition": _header("string", "A file name", 'attachment; filename="downline-D42-sponsor.csv"'),
    },
}
