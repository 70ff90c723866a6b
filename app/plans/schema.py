"""The published JSON Schema of plan files, for editors and other programs."""

import json
from pathlib import Path
from typing import Any

from app.plans.models import Plan

SCHEMA_FILE = Path(__file__).parent / "plan.schema.json"


def plan_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a plan file. It cannot say what lint says, such as which ranks exist."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Plan.model_json_schema()}


def schema_text() -> str:
    """The schema as it stands in the committed file."""
    return json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n"


def write_schema(path: Path = SCHEMA_FILE) -> None:
    """Write the schema to `path`."""
    path.write_text(schema_text(), encoding="utf-8")
