"""What the routes of moves, their preview and their policy take and give."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from app.clock import from_ms
from app.errors import BanyanError
from app.facts.commands import MoveLimits, SetMovePolicy, Tree
from app.moves.models import Change, Consequences, Figures, Goal, Other, Ranks, Stay
from app.plans.fields import Zone
from app.trees.schemas import TreeName
from app.wire import Amount, AsOf, Body, GivenReason, Instant, ReceiptBody, amount, shown


class PeopleChange(BaseModel):
    """How many people, before and after."""

    before: int
    after: int


class VolumeChange(BaseModel):
    """Volume of a period, before and after."""

    pv_before: Amount
    pv_after: Amount
    cv_before: Amount
    cv_after: Amount


class LegPeople(BaseModel):
    """One leg: who heads it."""

    id: str
    people: PeopleChange


class LegVolume(BaseModel):
    """One leg: who heads it."""

    id: str
    volume: VolumeChange


class PersonPeople(BaseModel):
    """Somebody above the old or the new place; where the ways up meet, only the legs change."""

    tree: Tree
    id: str
    name: str
    people: PeopleChange
    legs: list[LegPeople]


class PersonVolume(BaseModel):
    """The same for the volume of a period."""

    tree: Tree
    id: str
    name: str
    volume: VolumeChange
    legs: list[LegVolume]


class PeriodVolumes(BaseModel):
    """An open period, of any calendar, that ends after it takes effect."""

    period: str
    people: list[PersonVolume]


class RankChangeBody(BaseModel):
    """Somebody who would be paid as another rank; null for no rank."""

    id: str
    before: str | None
    after: str | None


class RanksBody(BaseModel):
    """By which plan and for which open period; `note` says why there are none."""

    plan: str | None
    period: str | None
    changes: list[RankChangeBody]
    note: str | None


class Refusal(BaseModel):
    """Why it would be refused; `rules` are those of the policy."""

    type: str
    title: str
    detail: str
    rules: list[str]


class GoalBody(BaseModel):
    """Where a move leads. It is decided again when the move is written."""

    new_parent_id: str
    slot: int = Field(description="0 in the sponsor tree")
    why: str | None = Field(None, description="Why there, where a strategy found the place")


class OtherBody(BaseModel):
    """Somebody directly below who does not go along, or whose leader leaves."""

    id: str
    tree: Tree
    new_parent_id: str
    slot: int = Field(description="0 in the sponsor tree")
    effective_at: Instant


class ConsequencesBody(BaseModel):
    """What would change if it came now. Nothing was written."""

    model_config = shown(
        {
            "allowed": False,
            "refusal": {
                "type": "/problems/policy",
                "title": "Against the company's policy",
                "detail": "The company's policy says no: nobody is moved on day 2 of a month (UTC).",
                "rules": ["blackout_days"],
            },
            "goal": {"new_parent_id": "D7", "slot": 0, "why": None},
            "others": [],
            "effective_at": "2026-03-01T00:00:00.000Z",
            "unchanged_through": "2026-02",
            "subtree": 3,
            "people": [
                {
                    "tree": "sponsor",
                    "id": "D1",
                    "name": "Example Person",
                    "people": {"before": 10, "after": 7},
                    "legs": [{"id": "D42", "people": {"before": 3, "after": 0}}],
                }
            ],
            "volumes": [],
            "ranks": [{"plan": "Sample 1", "period": "2026-03", "changes": [], "note": "none"}],
            "as_of": {"seq": 1208, "at": "2026-03-02T10:00:01.250Z"},
            "figures_seq": 1208,
        }
    )

    allowed: bool
    refusal: Refusal | None
    goal: GoalBody | None = Field(
        description="Where a move leads; null of a termination, and where it would be refused"
    )
    others: list[OtherBody] = Field(description="Who else goes elsewhere with it, with everybody below them")
    effective_at: Instant | None
    unchanged_through: str | None = Field(
        description="The last closed month that ended after it; nothing in it changes"
    )
    subtree: int | None = Field(description="How many people are concerned, with everybody below; 1 who moves alone")
    people: list[PersonPeople] = Field(description="Whose legs change by how many people, now")
    volumes: list[PeriodVolumes]
    ranks: list[RanksBody] = Field(
        description="For each open period that it changes; one without a period where there are none for any of them"
    )
    as_of: AsOf
    figures_seq: int = Field(description="The last fact that people and volumes count")

    @classmethod
    def of(cls, found: Consequences, as_of: AsOf) -> "ConsequencesBody":
        """As it goes out."""
        return cls(
            allowed=found.refusal is None,
            refusal=None if found.refusal is None else _refusal(found.refusal),
            goal=None if found.goal is None else _goal(found.goal),
            others=[_other(one) for one in found.others],
            effective_at=None if found.effective_at is None else from_ms(found.effective_at),
            unchanged_through=found.unchanged_through,
            subtree=None if found.subtree is None else found.subtree.people,
            people=[_people(change) for change in found.people],
            volumes=[
                PeriodVolumes(period=period, people=[_volumes(change) for change in changes])
                for period, changes in found.volumes
            ],
            ranks=[_ranks(ranks) for ranks in found.ranks],
            as_of=as_of,
            figures_seq=found.figures_seq,
        )


def _goal(goal: Goal) -> GoalBody:
    return GoalBody(new_parent_id=goal.parent_id, slot=goal.slot, why=goal.why)


def _other(one: Other) -> OtherBody:
    return OtherBody(
        id=one.id,
        tree=one.tree,
        new_parent_id=one.parent_id,
        slot=one.slot,
        effective_at=from_ms(one.effective_at),
    )


def _refusal(error: BanyanError) -> Refusal:
    rules = [str(rule) for rule in error.details.get("rules", ())]
    return Refusal(type=f"/problems/{error.code()}", title=error.title, detail=error.message, rules=rules)


def _people(change: Change) -> PersonPeople:
    legs = [LegPeople(id=leg.id, people=_heads(leg.before, leg.after)) for leg in change.legs]
    return PersonPeople(
        tree=change.tree, id=change.id, name=change.name, people=_heads(change.before, change.after), legs=legs
    )


def _volumes(change: Change) -> PersonVolume:
    legs = [LegVolume(id=leg.id, volume=_volume(leg.before, leg.after)) for leg in change.legs]
    return PersonVolume(
        tree=change.tree, id=change.id, name=change.name, volume=_volume(change.before, change.after), legs=legs
    )


def _heads(before: Figures, after: Figures) -> PeopleChange:
    return PeopleChange(before=before.people, after=after.people)


def _volume(before: Figures, after: Figures) -> VolumeChange:
    return VolumeChange(
        pv_before=amount(before.pv), pv_after=amount(after.pv), cv_before=amount(before.cv), cv_after=amount(after.cv)
    )


def _ranks(ranks: Ranks) -> RanksBody:
    changes = [RankChangeBody(id=one.id, before=one.before, after=one.after) for one in ranks.changes]
    return RanksBody(plan=ranks.plan, period=ranks.period, changes=changes, note=ranks.note)


# --- history ----------------------------------------------------------------------------------------------------------


class StayBody(BaseModel):
    """A place somebody had, and the fact that says so."""

    parent_id: str | None = Field(
        description="Who stood directly above, in this tree; null to a distributor who does not see them, unless they "
        "are of the present upline",
        examples=["D7"],
    )
    parent_name: str | None = Field(description="The present one; null with parent_id")
    slot: int = Field(description="1 left, 2 right, in the matrix 1 to its width; 0 in the sponsor tree")
    valid_from: Instant
    valid_to: Instant | None = Field(description="Up to but not including; null while it lasts")
    seq: int = Field(description="The fact")
    kind: Literal["Enrol", "Place", "Move", "PastMove"] = Field(description="PastMove was brought by an import")
    recorded_at: Instant
    actor: str | None = Field(description="Who wrote the fact; null to a distributor")
    reason: str | None = Field(description="And why; null to a distributor")
    ended_seq: int | None = Field(description="The fact by which its end is known; null while it lasts")
    corrected_seq: int | None = Field(
        description="Since this fact it is known not to be so, and other places tell what is; null for what is so"
    )

    @classmethod
    def of(cls, stay: Stay, *, of_staff: bool, named: bool) -> "StayBody":
        """As it goes out to somebody of the staff, or to a distributor; `named`: with who stood above."""
        return cls(
            parent_id=stay.parent_id if named else None,
            parent_name=stay.parent_name if named else None,
            slot=stay.slot,
            valid_from=from_ms(stay.begin),
            valid_to=None if stay.end is None else from_ms(stay.end),
            seq=stay.seq,
            kind=stay.kind,  # type: ignore[arg-type]  # checked by the model
            recorded_at=from_ms(stay.recorded_at),
            actor=stay.actor if of_staff else None,
            reason=stay.reason if of_staff else None,
            ended_seq=stay.ended_seq,
            corrected_seq=stay.corrected_seq,
        )


class MovesBody(BaseModel):
    """A page of the places somebody had in a tree, the one that began first first."""

    model_config = shown(
        {
            "id": "D42",
            "tree": "sponsor",
            "total": 1,
            "moves": [
                {
                    "parent_id": "D7",
                    "parent_name": "Example Sponsor",
                    "slot": 0,
                    "valid_from": "2026-02-01T00:00:00.000Z",
                    "valid_to": "2026-02-20T00:00:00.000Z",
                    "seq": 812,
                    "kind": "Move",
                    "recorded_at": "2026-02-03T08:15:00.000Z",
                    "actor": "ann",
                    "reason": "entered under the wrong sponsor",
                    "ended_seq": 940,
                    "corrected_seq": 1107,
                }
            ],
            "as_of": {"seq": 1208, "at": "2026-03-02T10:00:01.250Z"},
        }
    )

    id: str
    tree: TreeName
    total: int = Field(description="How many places there are on all pages")
    moves: list[StayBody]
    as_of: AsOf


# --- policy -----------------------------------------------------------------------------------------------------------

Days = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
DayOfMonth = Annotated[int, Field(ge=1, le=31, strict=True)]


def _each_once(days: list[int]) -> list[int]:
    return sorted(set(days))


class LimitsBody(Body):
    """What moves in one tree are allowed; what is left out is no limit."""

    window_days: Days | None = Field(None, description="So many days after their enrolment somebody may be moved")
    largest_subtree: Days | None = Field(None, description="So many people at most go along, the mover counted")
    stay_below: Literal["enroller", "sponsor"] | None = Field(
        None, description="The new place is at or below the first sponsor (sponsor tree only), or the present one"
    )
    blackout_days: Annotated[list[DayOfMonth], AfterValidator(_each_once)] = Field(
        [], description="Days of the month on which nobody is moved"
    )
    backdate_days: Days | None = Field(None, description="So many days a move may take effect before it is entered")

    def command(self, tree: Any) -> MoveLimits:
        """As the writer takes it."""
        return MoveLimits(
            tree,
            self.window_days,
            self.largest_subtree,
            self.stay_below or "",
            tuple(self.blackout_days),
            self.backdate_days,
        )


class PolicyBody(Body):
    """What moves the company allows. It takes the place of the policy before; without limits everything is allowed."""

    model_config = shown(
        {
            "zone": "Europe/Berlin",
            "sponsor": {"window_days": 60, "stay_below": "enroller", "blackout_days": [1, 2, 3]},
            "binary": {"largest_subtree": 20},
        }
    )

    zone: Zone = Field("UTC", description="IANA time zone of the days")
    sponsor: LimitsBody = LimitsBody()
    binary: LimitsBody = LimitsBody()
    matrix: LimitsBody = LimitsBody()

    def command(self) -> SetMovePolicy:
        """As the writer takes it."""
        limits = (self.sponsor.command("sponsor"), self.binary.command("binary"), self.matrix.command("matrix"))
        return SetMovePolicy(self.zone, limits)


class PolicyRequest(PolicyBody):
    """A new policy."""

    model_config = shown(
        {
            "zone": "Europe/Berlin",
            "sponsor": {"window_days": 60, "stay_below": "enroller", "blackout_days": [1, 2, 3]},
            "binary": {"largest_subtree": 20},
            "reason": "rules of 2026",
        }
    )

    reason: GivenReason


class PolicyAnswer(BaseModel):
    """The policy in force; `seq` is the fact that set it, 0 when none ever did."""

    model_config = shown(
        {
            "zone": "Europe/Berlin",
            "sponsor": {"window_days": 60, "stay_below": "enroller", "blackout_days": [1, 2, 3]},
            "binary": {"largest_subtree": 20},
            "matrix": {},
            "seq": 1208,
        }
    )

    zone: str
    sponsor: LimitsBody
    binary: LimitsBody
    matrix: LimitsBody
    seq: int

    @classmethod
    def of(cls, policy: SetMovePolicy | None, seq: int) -> "PolicyAnswer":
        """As it goes out."""
        if policy is None:
            return cls(zone="UTC", sponsor=LimitsBody(), binary=LimitsBody(), matrix=LimitsBody(), seq=0)
        limits = {
            one.tree: LimitsBody(
                window_days=one.window_days,
                largest_subtree=one.largest_subtree,
                stay_below=one.stay_below or None,
                blackout_days=list(one.blackout_days),
                backdate_days=one.backdate_days,
            )
            for one in policy.limits
        }
        blank = LimitsBody()
        return cls(
            zone=policy.zone,
            sponsor=limits.get("sponsor", blank),
            binary=limits.get("binary", blank),
            matrix=limits.get("matrix", blank),
            seq=seq,
        )


class PolicyReceipt(BaseModel):
    """The policy was set."""

    model_config = shown({"receipt": {"seq": 1208, "kind": "SetMovePolicy", "recorded_at": "2026-03-02T10:00:01.250Z"}})

    receipt: ReceiptBody
