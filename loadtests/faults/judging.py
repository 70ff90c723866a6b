"""Journals against facts: what was acknowledged is there once, as it was sent and under the number that was told."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.amounts import to_minor
from loadtests.faults.journal import Intent, Told

KINDS: Final = ("Order", "Return", "Enrol")
"""Facts that clients ask for, and that nobody else writes meanwhile."""
MOST_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Stored:
    """A fact that is there."""

    seq: int
    kind: str
    key: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class Verdict:
    """How many intents became what. `unknown` had no answer at some time; `open` have none to this day."""

    sent: int = 0
    acknowledged: int = 0
    unknown: int = 0
    open: int = 0
    refused: int = 0
    lost: int = 0
    """Acknowledged, and not there as they were acknowledged."""
    doubled: int = 0
    """Facts beyond the one that an intent may have, those that nobody sent or that were refused among them."""
    problems: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    """Why, of the first few."""

    def find(self, problem: str) -> None:
        """The first few are told."""
        if len(self.problems) < MOST_SHOWN:
            self.problems.append(problem)


def judge(told: Mapping[str, Told], facts: Iterable[Stored]) -> Verdict:
    """Of all journals together, and all facts since before the first line of them."""
    by_key: dict[str, list[Stored]] = {}
    numbers: Counter[tuple[str, str]] = Counter()
    for fact in facts:
        if fact.kind in KINDS:
            by_key.setdefault(fact.key, []).append(fact)
            numbers[fact.kind, fact.body["id"]] += 1
    verdict = Verdict(sent=len(told))
    for key, one in told.items():
        _count(verdict, one)
        _judge_one(verdict, one, by_key.get(key, []), numbers[one.intent.kind, one.intent.body["id"]])
    sent = {(one.intent.kind, one.intent.body["id"]) for one in told.values()}
    for key in by_key.keys() - told.keys():
        for fact in by_key[key]:
            if (fact.kind, fact.body["id"]) not in sent:  # else it was counted with its intent
                verdict.doubled += 1
                verdict.find(f"Fact {fact.seq} ({fact.kind} {fact.body['id']}) was sent by nobody.")
    return verdict


def _count(verdict: Verdict, one: Told) -> None:
    verdict.acknowledged += bool(one.seqs)
    verdict.unknown += bool(one.unknown)
    verdict.open += one.open
    verdict.refused += bool(one.refused)
    if one.refused and len(verdict.refusals) < MOST_SHOWN:
        verdict.refusals.append(f"{one.intent.kind} {one.intent.body['id']}: {one.refused}")


def _judge_one(verdict: Verdict, one: Told, facts: Sequence[Stored], of_its_number: int) -> None:
    name = f"{one.intent.kind} {one.intent.body['id']}"
    if one.seqs and not _is_as_told(one, facts):
        verdict.lost += 1
        stands = ", ".join(f"fact {fact.seq}" for fact in facts) or "nothing"
        verdict.find(f"{name} was acknowledged as fact {one.seqs[0]}; of it there is {stands}.")
    may_be = 0 if one.refused else 1
    extra = max(len(facts), of_its_number) - may_be
    if extra > 0:
        verdict.doubled += extra
        why = f"refused ({one.refused})" if one.refused else "sent once"
        verdict.find(f"{name} was {why}; {max(len(facts), of_its_number)} facts are about it.")
    if len(set(one.seqs)) > 1:
        verdict.doubled += 1
        verdict.find(f"{name} was acknowledged as facts {sorted(set(one.seqs))}.")


def _is_as_told(one: Told, facts: Sequence[Stored]) -> bool:
    return any(fact.seq in one.seqs and says(one.intent, fact) for fact in facts)


def says(intent: Intent, fact: Stored) -> bool:
    """Whether a fact is what was sent."""
    if fact.kind != intent.kind:
        return False
    sent = intent.body
    wanted: dict[str, Any] = {}
    match intent.kind:
        case "Order":
            wanted = {"id": sent["id"], "buyer_id": sent["buyer_id"]}
            wanted |= {name: to_minor(sent[name]) for name in ("pv", "cv")}
        case "Return":
            wanted = {"id": sent["id"], "order_id": intent.path.split("/")[-2]}
        case "Enrol":
            wanted = {"id": sent["id"], "sponsor_id": sent["sponsor_id"]}
    return all(fact.body.get(name) == value for name, value in wanted.items())
