"""What the trees' routes give."""

from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from app.volumes.schemas import LivePeriod, Status
from app.wire import Amount, AsOf, Instant, shown

TreeName = Literal["sponsor", "binary", "matrix"]
_AS_OF: Final = {"seq": 1207, "at": "2026-03-05T09:30:00.000Z"}
_MEMBER: Final[dict[str, Any]] = {
    "id": "D42",
    "name": "Example Person",
    "status": "active",
    "level": 1,
    "parent_id": "D7",
    "slot": 0,
    "sponsor_id": "D7",
    "child_count": 5,
    "people": 118,
    "personal_pv": "120.00",
    "group_pv": "5400.00",
}
_PAGE: Final[dict[str, Any]] = {
    "id": "D7",
    "tree": "sponsor",
    "period": {"name": "2026-03", "figures": "estimate"},
    "next_cursor": "MTIwNy4xLjQxLjIyNTkxMTNh",
    "tree_as_of": _AS_OF,
    "as_of": _AS_OF,
}
_TREE_AS_OF: Final = "Who stands where is exactly as of this fact, the same for every page"


class MemberBody(BaseModel):
    """Somebody in a tree, with live figures."""

    id: str = Field(examples=["D42"])
    name: str = Field(examples=["Example Person"])
    status: Status
    level: int = Field(description="1 for those directly below", examples=[2])
    parent_id: str | None = Field(description="Directly above, in this tree", examples=["D7"])
    slot: int = Field(description="1 left, 2 right, in the matrix 1 to its width; 0 in the sponsor tree")
    sponsor_id: str | None = Field(examples=["D1"])
    child_count: int = Field(description="How many stand directly below now, in this tree")
    people: int = Field(description="Everybody from here down in this tree, this person among them")
    personal_pv: Amount
    group_pv: Amount


class DownlineBody(BaseModel):
    """A page of people below somebody: nearest level first, then in order of enrolment."""

    model_config = shown({**_PAGE, "members": [_MEMBER], "stopped_early": False, "ranks_of_run": "2026-02-3f9a1c0b7"})

    id: str
    tree: TreeName
    period: LivePeriod | None = Field(description="Whose volumes; null when no period is open")
    members: list[MemberBody]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null at the end")
    stopped_early: bool = Field(
        description="Whether the page ends before `limit` because a page looks at so many people and no more; go on "
        "with next_cursor"
    )
    ranks_of_run: str | None = Field(description="The committed run by whose ranks was filtered; null without `rank`")
    tree_as_of: AsOf = Field(description=_TREE_AS_OF)
    as_of: AsOf = Field(description="What the figures know; they are live, on every page")


class FormerMemberBody(BaseModel):
    """Somebody who stood below."""

    id: str = Field(examples=["D42"])
    name: str = Field(description="The present one")
    level: int = Field(description="1 for those directly below")
    parent_id: str = Field(description="Who stood directly above, in this tree", examples=["D7"])
    slot: int = Field(description="1 left, 2 right, in the matrix 1 to its width; 0 in the sponsor tree")


class FormerDownlineBody(BaseModel):
    """A page of people who stood below somebody at an instant."""

    model_config = shown(
        {
            "id": "D7",
            "tree": "binary",
            "at": "2026-01-31T23:59:59.999Z",
            "period": "2026-01",
            "enrolled": True,
            "members": [{"id": "D42", "name": "Example Person", "level": 1, "parent_id": "D7", "slot": 2}],
            "next_cursor": "MTIwNy4xLjQxLjIyNTkxMTNh",
            "as_of": _AS_OF,
        }
    )

    id: str
    tree: TreeName
    at: Instant
    period: str | None = Field(description="The period at whose end that was; null when an instant was asked for")
    enrolled: bool = Field(description="Whether `id` was enrolled by then")
    members: list[FormerMemberBody]
    next_cursor: str | None = Field(description="Its pages know what the first one knew")
    as_of: AsOf = Field(description="The last fact that was known")


class ChildrenBody(BaseModel):
    """A page of those directly below somebody."""

    model_config = shown({**_PAGE, "total": 1, "children": [_MEMBER]})

    id: str
    tree: TreeName
    period: LivePeriod | None
    total: int = Field(description="How many stand directly below now")
    children: list[MemberBody]
    next_cursor: str | None
    tree_as_of: AsOf = Field(description=_TREE_AS_OF)
    as_of: AsOf = Field(description="What the figures know; they are live, on every page")


class AncestorBody(BaseModel):
    """Somebody above."""

    id: str = Field(examples=["D1"])
    name: str
    level: int = Field(description="1 for the one directly above")
    slot: int = Field(
        description="The side of them the person stands on: 1 left, 2 right, in the matrix 1 to its width; 0 by sponsor"
    )


class UplineBody(BaseModel):
    """Everybody above, nearest first."""

    model_config = shown(
        {
            "id": "D42",
            "tree": "binary",
            "upline": [
                {"id": "D7", "name": "Example Parent", "level": 1, "slot": 2},
                {"id": "D1", "name": "Example Top", "level": 2, "slot": 1},
            ],
            "as_of": _AS_OF,
        }
    )

    id: str
    tree: TreeName
    upline: list[AncestorBody]
    as_of: AsOf


class FormerUplineBody(BaseModel):
    """Everybody who stood above somebody at an instant, nearest first."""

    model_config = shown(
        {
            "id": "D42",
            "tree": "binary",
            "at": "2026-01-31T23:59:59.999Z",
            "period": "2026-01",
            "enrolled": True,
            "upline": [{"id": "D7", "name": "Example Parent", "level": 1, "slot": 2}],
            "as_of": _AS_OF,
        }
    )

    id: str
    tree: TreeName
    at: Instant
    period: str | None = Field(description="The period at whose end that was; null when an instant was asked for")
    enrolled: bool = Field(description="Whether `id` was enrolled by then")
    upline: list[AncestorBody] = Field(description="Names are the present ones")
    as_of: AsOf = Field(description="The last fact that was known")


class StepBody(BaseModel):
    """Somebody on the way."""

    id: str = Field(examples=["D1"])
    name: str
    slot: int = Field(
        description="Their side of the one above them: 1 left, 2 right, in the matrix 1 to its width; 0 at the top and "
        "by sponsor"
    )


class PathBody(BaseModel):
    """The way from one person to another, both among the steps; no steps when nobody stands above both."""

    model_config = shown(
        {
            "id": "D42",
            "other_id": "D77",
            "tree": "sponsor",
            "steps": [
                {"id": "D42", "name": "Example Person", "slot": 0},
                {"id": "D7", "name": "Example Sponsor", "slot": 0},
                {"id": "D77", "name": "Other Person", "slot": 0},
            ],
            "common_upline_id": "D7",
            "as_of": _AS_OF,
        }
    )

    id: str
    other_id: str
    tree: TreeName
    steps: list[StepBody]
    common_upline_id: str | None = Field(description="Up to them the way goes up, from them on down")
    as_of: AsOf


class CommonBody(BaseModel):
    """The nearest one at or above both."""

    id: str = Field(examples=["D7"])
    name: str
    distance: int = Field(description="How many levels above the first; 0 when it is the first")
    other_distance: int = Field(description="How many levels above the other")


class CommonUplineBody(BaseModel):
    """Who stands at or above two people; null when nobody does."""

    model_config = shown(
        {
            "id": "D42",
            "other_id": "D77",
            "tree": "binary",
            "common_upline": {"id": "D7", "name": "Example Parent", "distance": 1, "other_distance": 4},
            "as_of": _AS_OF,
        }
    )

    id: str
    other_id: str
    tree: TreeName
    common_upline: CommonBody | None
    as_of: AsOf


class LevelBody(BaseModel):
    """One level below somebody."""

    level: int = Field(description="1 for those directly below")
    people: int
    active: int = Field(description="How many of them are active")
    personal_pv: Amount = Field(description="What they and their customers ordered in the period")
    personal_cv: Amount


class LevelsBody(BaseModel):
    """Levels below somebody, nearest first."""

    model_config = shown(
        {
            "id": "D7",
            "tree": "sponsor",
            "period": {"name": "2026-03", "figures": "estimate"},
            "levels": [{"level": 1, "people": 5, "active": 4, "personal_pv": "620.00", "personal_cv": "480.00"}],
            "more": False,
            "as_of": _AS_OF,
        }
    )

    id: str
    tree: TreeName
    period: LivePeriod | None = Field(description="Whose volumes; null when no period is open")
    levels: list[LevelBody]
    more: bool = Field(description="Whether somebody stands below the last of these levels")
    as_of: AsOf
