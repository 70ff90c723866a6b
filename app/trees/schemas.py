"""What the trees' routes give."""

from typing import Literal

from pydantic import BaseModel, Field

from app.volumes.schemas import LivePeriod, Status
from app.wire import Amount, AsOf

TreeName = Literal["sponsor", "binary"]


class MemberBody(BaseModel):
    """Somebody in a tree, with live figures."""

    id: str = Field(examples=["D42"])
    name: str = Field(examples=["Example Person"])
    status: Status
    level: int = Field(description="1 for those directly below", examples=[2])
    parent_id: str | None = Field(description="Directly above, in this tree", examples=["D7"])
    slot: int = Field(description="1 left, 2 right; 0 in the sponsor tree")
    sponsor_id: str | None = Field(examples=["D1"])
    child_count: int = Field(description="How many stand directly below, in this tree")
    people: int = Field(description="Everybody from here down in this tree, this person among them")
    personal_pv: Amount
    group_pv: Amount


class DownlineBody(BaseModel):
    """A page of people below somebody: nearest level first, then in order of enrolment."""

    id: str
    tree: TreeName
    period: LivePeriod | None = Field(description="Whose volumes; null when no period is open")
    members: list[MemberBody]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null at the end")
    as_of: AsOf


class ChildrenBody(BaseModel):
    """A page of those directly below somebody."""

    id: str
    tree: TreeName
    period: LivePeriod | None
    total: int = Field(description="How many stand directly below")
    children: list[MemberBody]
    next_cursor: str | None
    as_of: AsOf


class AncestorBody(BaseModel):
    """Somebody above."""

    id: str = Field(examples=["D1"])
    name: str
    level: int = Field(description="1 for the one directly above")
    slot: int = Field(description="The side of them the person stands on: 1 left, 2 right; 0 in the sponsor tree")


class UplineBody(BaseModel):
    """Everybody above, nearest first."""

    id: str
    tree: TreeName
    upline: list[AncestorBody]
    as_of: AsOf
