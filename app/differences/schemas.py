"""What the route of two runs' differences gives."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field

from app.differences.models import (
    Amounts,
    Cause,
    CauseTotal,
    Differences,
    LineChange,
    PeopleTotal,
    PersonChange,
    SideOfLine,
)
from app.runs.schemas import RUN_EXAMPLE, RunBody
from app.wire import Amount, amount, shown

Format = Literal["json", "csv"]
CauseWord = Annotated[str, Field(examples=["rank"], json_schema_extra={"enum": [cause.word for cause in Cause]})]


class AmountsBody(BaseModel):
    """What both runs pay; change is after less before."""

    before: Amount
    after: Amount
    change: Amount


class BonusTotalBody(AmountsBody):
    """One bonus of either plan."""

    bonus: str


class CauseTotalBody(BaseModel):
    """The lines that changed by one rule."""

    cause: CauseWord
    words: str
    lines: int
    more: Amount = Field(description="What those add up to that pay more")
    less: Amount = Field(description="And those that pay less")
    change: Amount

    @classmethod
    def of(cls, total: CauseTotal) -> "CauseTotalBody":
        """A cause as it goes out."""
        moved = {name: amount(getattr(total, name)) for name in ("more", "less", "change")}
        return cls(cause=total.cause.word, words=total.cause.words, lines=total.lines, **moved)


class PeopleTotalBody(BaseModel):
    """Who gains and who loses, each by the sum of their lines: gained less lost is the change of the total."""

    gaining: int
    gained: Amount
    losing: int
    lost: Amount
    even: int = Field(description="How many get as much by other lines")

    @classmethod
    def of(cls, people: PeopleTotal) -> "PeopleTotalBody":
        """Counts and sums as they go out."""
        return cls(
            gaining=people.gaining,
            gained=amount(people.gained),
            losing=people.losing,
            lost=amount(people.lost),
            even=people.even,
        )


class SideBody(BaseModel):
    """One run's side of a line."""

    amount: Amount
    words: str = Field(description="Why that is paid, or why nothing is")


class LineChangeBody(BaseModel):
    """One line that is paid otherwise."""

    order: str | None = Field(description="null for a bonus on legs")
    cause: CauseWord
    before: SideBody
    after: SideBody


class BonusChangeBody(BonusTotalBody):
    """One bonus of a person."""

    line_count: int = Field(description="How many lines changed")
    lines: list[LineChangeBody] = Field(description="The largest of them")


class PersonChangeBody(AmountsBody):
    """One person whose lines changed."""

    id: str
    name: str
    bonuses: list[BonusChangeBody]

    @classmethod
    def of(cls, person: PersonChange) -> "PersonChangeBody":
        """A person as they go out."""
        return cls(
            id=person.distributor,
            name=person.name,
            **_amounts(person.amounts),
            bonuses=[
                BonusChangeBody(
                    bonus=bonus.amounts.name,
                    **_amounts(bonus.amounts),
                    line_count=bonus.lines,
                    lines=[_line(line) for line in bonus.told],
                )
                for bonus in person.bonuses
            ],
        )


_SIDES: Final[dict[str, Any]] = {
    "before": {"amount": "0.00", "words": "4.00 EUR not paid: level 2 needs rank Silver and yours for pay is Member"},
    "after": {"amount": "4.00", "words": "4.00 EUR: 5 % of 80.00 CV from the order O7 of D42 on level 2"},
}
_MOVED: Final[dict[str, Any]] = {"before": "0.00", "after": "4.00", "change": "4.00"}


class DifferencesBody(BaseModel):
    """How one run pays otherwise than another. Changes by bonus, by cause and by people each add up to that of the
    total."""

    model_config = shown(
        {
            "before": RUN_EXAMPLE,
            "after": {**RUN_EXAMPLE, "id": "2026-03-77aa1c0b7d21", "plan": "binary 2", "amount": "1924.40"},
            "currency": "EUR",
            "total": {"before": "1920.40", "after": "1924.40", "change": "4.00"},
            "bonuses": [{"bonus": "Level bonus", "before": "1920.40", "after": "1924.40", "change": "4.00"}],
            "causes": [
                {
                    "cause": "rank",
                    "words": "the person is paid by another rank",
                    "lines": 1,
                    "more": "4.00",
                    "less": "0.00",
                    "change": "4.00",
                }
            ],
            "people": {"gaining": 1, "gained": "4.00", "losing": 0, "lost": "0.00", "even": 0},
            "lines_equal": 83,
            "lines_changed": 1,
            "people_changed": 1,
            "offset": 0,
            "page": [
                {
                    "id": "D7",
                    "name": "Example Person",
                    **_MOVED,
                    "bonuses": [
                        {
                            "bonus": "Level bonus",
                            **_MOVED,
                            "line_count": 1,
                            "lines": [{"order": "O7", "cause": "rank", **_SIDES}],
                        }
                    ],
                }
            ],
        }
    )

    before: RunBody
    after: RunBody
    currency: str = Field(examples=["EUR"])
    total: AmountsBody
    bonuses: list[BonusTotalBody]
    causes: list[CauseTotalBody] = Field(description="The one that moves most first")
    people: PeopleTotalBody
    lines_equal: int
    lines_changed: int
    people_changed: int
    offset: int
    page: list[PersonChangeBody] = Field(description="The largest change first")

    @classmethod
    def of(cls, found: Differences) -> "DifferencesBody":
        """Differences as they go out."""
        return cls(
            before=RunBody.of(found.before),
            after=RunBody.of(found.after),
            currency=found.currency,
            total=AmountsBody(**_amounts(found.total)),
            bonuses=[BonusTotalBody(bonus=each.name, **_amounts(each)) for each in found.bonuses],
            causes=[CauseTotalBody.of(each) for each in found.causes],
            people=PeopleTotalBody.of(found.people),
            lines_equal=found.lines_equal,
            lines_changed=found.lines_changed,
            people_changed=found.people_changed,
            offset=found.offset,
            page=[PersonChangeBody.of(person) for person in found.page],
        )


def _amounts(amounts: Amounts) -> dict[str, Any]:
    return {name: amount(getattr(amounts, name)) for name in ("before", "after", "change")}


def _line(line: LineChange) -> LineChangeBody:
    return LineChangeBody(order=line.order, cause=line.cause.word, before=_side(line.before), after=_side(line.after))


def _side(side: SideOfLine) -> SideBody:
    return SideBody(amount=amount(side.amount), words=side.words)


ANSWER: Final[dict[str, Any]] = {
    "description": "The differences.",
    "content": {
        "text/csv": {
            "schema": {"type": "string"},
            "example": "row,distributor,bonus,cause,lines,change\r\nrow,D7,Level bonus,rank,1,4.00\r\n",
        }
    },
}
"""What the route answers beside JSON."""
