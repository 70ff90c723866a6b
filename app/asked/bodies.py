"""What was said over Bolt, as the body of the API's request for the same, judged by the API's own models."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from app.asked.models import Asked
from app.errors import InvalidInputError
from app.people.schemas import EnrolmentBody, MoveRequest, PlacementRequest
from app.problems import invalid_input

Body = TypeVar("Body", bound=BaseModel)
_ENROLMENT: Final = ("id", "sponsor_id", "name", "enrolled_at", "owner", "region", "title", "preference", "reason")
_PLACEMENT: Final = ("placed_at", "tree", "reason")
_MOVE: Final = ("tree", "new_parent_id", "slot", "strategy", "effective_at", "alone", "override", "reason")


def enrolment(asked: Asked) -> EnrolmentBody:
    """Raises InvalidInputError in the words of the API, as the others do."""
    said = asked.said
    places = {"placement": _placement(said, ""), "matrix_placement": _placement(said, "matrix_")}
    return _judged(EnrolmentBody, {name: said.get(name) for name in _ENROLMENT} | places)


def placement(asked: Asked) -> PlacementRequest:
    said = asked.said
    whom = {"distributor_id": said.get("id"), "placement": _placement(said, "")}
    return _judged(PlacementRequest, {name: said.get(name) for name in _PLACEMENT} | whom)


def move(asked: Asked) -> MoveRequest:
    said = asked.said
    return _judged(MoveRequest, {name: said.get(name) for name in _MOVE} | {"distributor_id": said.get("id")})


def _placement(said: Mapping[str, Any], tree: str) -> dict[str, Any] | None:
    """By hand, found, or in the holding tank; None where nothing is said of one."""
    by_hand = _given({name: said.get(tree + name) for name in ("parent_id", "slot")})
    until = None if tree else said.get("held_until")
    found = _given({"then" if until is not None else "strategy": said.get(f"{tree}strategy"), "until": until})
    if by_hand and found:
        raise InvalidInputError(
            f"A place is named by {tree}parent_id and {tree}slot, or found, by {tree}strategy: give one of both."
        )
    if by_hand:
        return {"kind": "explicit", **by_hand}
    return {"kind": "holding_tank" if "until" in found else "below_sponsor", **found} if found else None


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _judged(model: type[Body], body: Mapping[str, Any]) -> Body:
    """What was not said is left out: it is missing, in words, or as the API has it by default."""
    try:
        return model.model_validate(_given(body))
    except ValidationError as error:
        raise invalid_input((("body", *fault["loc"]), fault["msg"]) for fault in error.errors()) from error
