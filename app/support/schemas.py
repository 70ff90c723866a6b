"""What the Cypher desk takes and gives."""

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from app.support.gateway import MAX_ROWS
from app.support.guard import MAX_QUERY_CHARS
from app.wire import shown

_LARGEST_INTEGER: Final = 2**63 - 1


def _fits(value: JsonValue) -> JsonValue:
    """The value, once it is certain that the graph can take it: JSON knows longer numbers and half characters."""
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        raise ValueError("an integer has at most 64 bits")
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("text is Unicode without half characters (surrogates)") from None
    if isinstance(value, list):
        for item in value:
            _fits(item)
    if isinstance(value, dict):
        for name, item in value.items():
            _fits(name)
            _fits(item)
    return value


Parameter = Annotated[JsonValue, AfterValidator(_fits)]


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
    parameters: dict[str, Parameter] = Field(default_factory=dict, max_length=100)
    reason: str = Field(min_length=3, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Why; it is logged")
    max_rows: int = Field(100, ge=1, le=MAX_ROWS, strict=True)


class CypherAnswer(BaseModel):
    """Rows as the query returned them."""

    model_config = shown(
        {
            "columns": ["id", "s"],
            "rows": [["D2", "active"], ["D3", "suspended"]],
            "row_count": 2,
            "truncated": False,
            "masked": True,
            "query_sha256": "9d" * 32,
            "milliseconds": 3.2,
        }
    )

    columns: list[str]
    rows: list[list[Any]]
    row_count: int
    truncated: bool = Field(description="A limit of rows or bytes cut the answer off")
    masked: bool = Field(
        description="Personal data (names, owners, fact bodies) is covered; only administrators see it"
    )
    query_sha256: str = Field(description="The hash of its text, by which the log tells of it")
    milliseconds: float
