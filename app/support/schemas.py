"""What the Cypher desk takes and gives."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.support.gateway import MAX_ROWS
from app.support.guard import MAX_QUERY_CHARS


class CypherQuestion(BaseModel):
    """A read-only question to the graph."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "query": "MATCH (d:Distributor {id: $id})<-[:SPONSORED_BY]-(f) RETURN f.id AS id, f.status AS s",
                    "parameters": {"id": "D1"},
                    "reason": "ticket 4711: which frontline is suspended",
                    "max_rows": 100,
                }
            ]
        },
    )

    query: str = Field(min_length=1, max_length=MAX_QUERY_CHARS, description="One Cypher statement that only reads")
    parameters: dict[str, JsonValue] = Field(default_factory=dict, max_length=100)
    reason: str = Field(min_length=3, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Why; it is logged")
    max_rows: int = Field(100, ge=1, le=MAX_ROWS)


class CypherAnswer(BaseModel):
    """Rows as the query returned them."""

    columns: list[str] = Field(examples=[["id", "s"]])
    rows: list[list[Any]] = Field(examples=[[["D2", "active"], ["D3", "suspended"]]])
    row_count: int = Field(examples=[2])
    truncated: bool = Field(description="A limit of rows or bytes cut the answer off")
    masked: bool = Field(
        description="Personal data (names, owners, fact bodies) is covered; only administrators see it"
    )
    query_sha256: str = Field(description="The hash under which the audit log keeps this query")
    milliseconds: float
