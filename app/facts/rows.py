"""What is written of a decision: statements with their rows. Pure."""

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from app.facts.calendars import PLACED
from app.facts.commands import (
    CancelRun,
    ClosePeriod,
    Command,
    CommitRun,
    Enrol,
    HoldingTank,
    KeepMatrix,
    Move,
    OpenPeriod,
    PastMove,
    Place,
    Prefer,
    QueueRun,
    Register,
    Reinstate,
    ReopenPeriod,
    RequestRun,
    SetGraceDays,
    StepRun,
    Terminate,
    Vacate,
)
from app.facts.decide import Decision, NewFact
from app.facts.runs import Stepped, committed_of, marks_of, stepped_of
from app.places.spots import NOBODY, Spot

Rows = list[dict[str, Any]]
Call = tuple[str, dict[str, Any]]
"""A statement and its parameters."""
ROWS_A_CALL = 5_000


def calls_of(decision: Decision) -> list[Call]:
    """Facts and everything they change, the spots that are different after them, and Head, in the order in which they
    are written."""
    rows: dict[str, Rows] = defaultdict(list)
    rows["matrix_spots"] = [
        {"ix": ix, "kept": {"matrix_open_distance": distance, "matrix_open_slot": slot}}
        for ix, distance, slot in decision.matrix_spots
    ]
    for fact in decision.facts:
        rows["facts"].append(_fact_row(fact))
        _EFFECTS[fact.kind](rows, fact, fact.command, fact.decided)
    newcomers = {row["person"]["ix"]: row["person"] for row in rows["people"]}
    for spot in decision.spots:
        kept = _kept(spot)
        if spot.ix in newcomers:
            newcomers[spot.ix].update(kept)
        else:
            rows["spots"].append({"ix": spot.ix, "kept": kept})
    return _calls(rows, _head_of(decision))


def _calls(rows: dict[str, Rows], head: dict[str, Any]) -> list[Call]:
    together = {name: rows[name] for name in _TOGETHER}
    calls: list[Call] = [
        (
            "queries/facts/append_facts",
            {"head": head, **{name: some[start : start + ROWS_A_CALL] for name, some in together.items()}},
        )
        for start in range(0, max(map(len, together.values())), ROWS_A_CALL)
    ]
    calls += [
        (f"queries/facts/{statement}", {_NAMED.get(statement, "rows"): rows[statement][start : start + ROWS_A_CALL]})
        for statement in _WRITE_ORDER
        for start in range(0, len(rows[statement]), ROWS_A_CALL)
    ]
    return calls


_TOGETHER = ("facts", "people", "spots", "places", "seats", "matrix_spots")
"""What one statement writes, the first: an order is a fact, and an enrolment nearly all of these."""
_WRITE_ORDER = (
    "prefer",
    "keep_matrix",
    "cut_sponsor_edges",
    "cut_binary_edges",
    "cut_matrix_edges",
    "end_sponsor_edges",
    "end_binary_edges",
    "end_matrix_edges",
    "vacate_binary",
    "vacate_matrix",
    "create_sponsor_edges",
    "create_binary_edges",
    "create_matrix_edges",
    "create_past_sponsor_edges",
    "create_past_binary_edges",
    "create_past_matrix_edges",
    "set_statuses",
    "create_customers",
    "open_periods",
    "set_grace_days",
    "close_periods",
    "request_runs",
    "queue_runs",
    "cancel_runs",
    "reopen_periods",
    "step_runs",
    "pay_statements",
    "set_period_runs",
)
_NAMED = {"create_binary_edges": "places", "create_matrix_edges": "seats"}
"""What such a statement, whose text is within append_facts as well, calls its rows."""


def _head_of(decision: Decision) -> dict[str, Any]:
    chain = decision.chain
    return {"seq": chain.seq, "hash": chain.hash, "people": decision.people, "recorded_at": chain.recorded_at}


def _kept(spot: Spot) -> dict[str, int | None]:
    """What the person's node keeps; nobody is no property."""
    return {
        "run_top": _somebody(spot.run_top),
        "left_end": _somebody(spot.left_end),
        "right_end": _somebody(spot.right_end),
        "open_distance": spot.open_distance,
        "open_side": spot.open_side,
    }


def _somebody(ix: int) -> int | None:
    return None if ix == NOBODY else ix


def _fact_row(fact: NewFact) -> dict[str, Any]:
    return {
        "kind": fact.kind,
        "fact": {
            **fact.decided,
            "valid_at": fact.valid_at,
            "recorded_at": fact.recorded_at,
            "seq": fact.seq,
            "key": fact.key,
            "actor": fact.actor,
            "reason": fact.reason,
            "body": fact.body,
            "hash": fact.hash,
        },
    }


def _edge(fact: NewFact, parent: str, slot: bool) -> dict[str, Any]:
    decided = fact.decided
    edge = {
        "child": decided["ix"],
        "parent": decided[parent],
        "valid_from": fact.valid_at,
        "seq_from": fact.seq,
    }
    return {**edge, "slot": decided["slot"]} if slot else edge


def _enrol(rows: dict[str, Rows], fact: NewFact, command: Enrol, decided: dict[str, Any]) -> None:
    person = {
        "ix": decided["ix"],
        "id": command.id,
        "owner": None if command.owner in ("", command.id) else command.owner,  # most own one position
        "name": command.name,
        "status": command.status,
        "region": command.region,
        "title": command.title,
        "enrol_seq": fact.seq,
        "sponsor_ix": decided["sponsor_ix"],
        "parent_ix": decided["parent_ix"],
        "slot": decided["slot"],
        "enrolled_at": command.enrolled_at,
        "preference": command.preference or None,
    }
    if isinstance(command.placement, HoldingTank):
        person |= {"held_until": command.placement.until, "held_for": command.placement.then}
    if command.terminated_at is not None:
        person["terminated_at"] = person["status_at"] = command.terminated_at
    if command.consequence is not None:
        person["consequence"] = command.consequence
    sponsored = placed = None
    if decided["sponsor_ix"] != NOBODY:
        since = fact.valid_at if command.sponsored_at is None else command.sponsored_at
        sponsored = _edge(fact, "sponsor_ix", slot=False) | {"valid_from": since}
    if decided["parent_ix"] != NOBODY:
        since = fact.valid_at if decided["placed_at"] is None else decided["placed_at"]
        placed = _edge(fact, "parent_ix", slot=True) | {"valid_from": since}
    rows["people"].append({"person": person, "sponsored": sponsored, "placed": placed})
    if decided["matrix_parent_ix"] is not None:
        since = fact.valid_at if decided["matrix_placed_at"] is None else decided["matrix_placed_at"]
        seated = _edge(fact, "matrix_parent_ix", slot=False) | {"slot": decided["matrix_slot"], "valid_from": since}
        rows["seats"].append(seated)


def _place(rows: dict[str, Rows], fact: NewFact, command: Place, decided: dict[str, Any]) -> None:
    rows["seats" if command.tree == "matrix" else "places"].append(_edge(fact, "parent_ix", slot=True))


def _keep_matrix(rows: dict[str, Rows], fact: NewFact, command: KeepMatrix, decided: dict[str, Any]) -> None:
    rows["keep_matrix"].append({"width": command.width, "depth": command.depth})


def _prefer(rows: dict[str, Rows], fact: NewFact, command: Prefer, decided: dict[str, Any]) -> None:
    rows["prefer"].append({"ix": decided["ix"], "preference": command.preference or None})


def _move(rows: dict[str, Rows], fact: NewFact, command: Move, decided: dict[str, Any]) -> None:
    if command.effective_at is not None:
        rows[f"cut_{command.tree}_edges"].append({"child": decided["ix"], "at": fact.valid_at, "seq": fact.seq})
    _leave(rows, fact, command)
    rows[f"create_{command.tree}_edges"].append(_edge(fact, "parent_ix", slot=command.tree != "sponsor"))


def _vacate(rows: dict[str, Rows], fact: NewFact, command: Vacate, decided: dict[str, Any]) -> None:
    _leave(rows, fact, command)
    parent, slot = (NOBODY, 0) if command.tree == "binary" else (None, None)
    rows[f"vacate_{command.tree}"].append({"child": decided["ix"], "parent": parent, "slot": slot})


def _leave(rows: dict[str, Rows], fact: NewFact, command: Move | Vacate) -> None:
    ended = {"child": fact.decided["ix"], "valid_to": fact.valid_at, "seq_to": fact.seq}
    rows[f"end_{command.tree}_edges"].append(ended)


def _terminate(rows: dict[str, Rows], fact: NewFact, command: Terminate, decided: dict[str, Any]) -> None:
    status = {"status": "terminated", "terminated_at": fact.valid_at, "consequence": command.consequence}
    rows["set_statuses"].append({"ix": decided["ix"], "at": fact.valid_at, **status})


def _reinstate(rows: dict[str, Rows], fact: NewFact, command: Reinstate, decided: dict[str, Any]) -> None:
    status = {"status": "active", "terminated_at": None, "consequence": None}
    rows["set_statuses"].append({"ix": decided["ix"], "at": fact.valid_at, **status})


def _past_move(rows: dict[str, Rows], fact: NewFact, command: PastMove, decided: dict[str, Any]) -> None:
    edge = _edge(fact, "parent_ix", slot=command.tree != "sponsor")
    ended = {"valid_from": command.since, "valid_to": command.until, "seq_to": fact.seq}
    rows[f"create_past_{command.tree}_edges"].append(edge | ended)


def _register(rows: dict[str, Rows], fact: NewFact, command: Register, decided: dict[str, Any]) -> None:
    rows["create_customers"].append(
        {
            "id": command.id,
            "name": command.name,
            "registered_at": command.registered_at,
            "distributor_ix": decided["distributor_ix"],
            "seq": fact.seq,
        }
    )


def _nothing_more(rows: dict[str, Rows], fact: NewFact, command: Command, decided: dict[str, Any]) -> None:
    """An order is its fact: tallies follow by the roll-up. What the former system tells is read from its facts, and
    so are plans and decisions about ranks."""


def _open_period(rows: dict[str, Rows], fact: NewFact, command: OpenPeriod, decided: dict[str, Any]) -> None:
    rows["open_periods"].append(
        {
            "calendar": command.calendar,
            "number": command.number,
            "name": command.name,
            "zone": command.zone,
            "starts_at": command.starts_at,
            "ends_at": command.ends_at,
            "grace_ends_at": command.grace_ends_at,
            "commission_date": None if command.commission_date == PLACED else command.commission_date,
            "seq": fact.seq,
        }
    )


def _close_period(rows: dict[str, Rows], fact: NewFact, command: ClosePeriod, decided: dict[str, Any]) -> None:
    rows["close_periods"].append({"calendar": command.calendar, "number": command.number, "seq": fact.seq})


def _request_run(rows: dict[str, Rows], fact: NewFact, command: RequestRun, decided: dict[str, Any]) -> None:
    calculation = {
        "id": command.calculation_id,
        "calendar": command.calendar,
        "period": command.period,
        "plan_name": command.plan_name,
        "plan_version": command.plan_version,
        "plan_hash": command.plan_hash,
        "state": "draft" if command.draft else "queued",
        "requested_seq": fact.seq,
        "queued_seq": None if command.draft else fact.seq,
        "attempt": 0,
        "lease_until": 0,
        "done": 0,
        "of": 0,
    }
    rows["request_runs"].append({"calculation": calculation})


def _queue_run(rows: dict[str, Rows], fact: NewFact, command: QueueRun, decided: dict[str, Any]) -> None:
    rows["queue_runs"].append({"id": command.calculation_id, "seq": fact.seq})


def _cancel_run(rows: dict[str, Rows], fact: NewFact, command: CancelRun, decided: dict[str, Any]) -> None:
    rows["cancel_runs"].append({"id": command.calculation_id, "seq": fact.seq, "at": fact.recorded_at})


def _reopen_period(rows: dict[str, Rows], fact: NewFact, command: ReopenPeriod, decided: dict[str, Any]) -> None:
    rows["reopen_periods"].append({"calendar": command.calendar, "number": command.number, "seq": fact.seq})


def _set_grace_days(rows: dict[str, Rows], fact: NewFact, command: SetGraceDays, decided: dict[str, Any]) -> None:
    of = {"calendar": command.calendar, "number": command.number}
    rows["set_grace_days"].append(of | {"grace_ends_at": command.grace_ends_at})


def _commit_run(rows: dict[str, Rows], fact: NewFact, command: CommitRun, decided: dict[str, Any]) -> None:
    supersedes = decided["supersedes"]
    stepped = committed_of(asdict(command), fact.actor, fact.seq, decided)
    rows["step_runs"].append(_step_row(command.run_id, stepped))
    if supersedes is not None:
        marks = {"superseded_by": command.run_id}
        rows["step_runs"].append({"run_id": supersedes, "marks": marks, "paid_people": 0, "paid_amount": 0})
    rows["set_period_runs"].append(_period_row(command, run=command.run_id, voided=None))


def _step_run(rows: dict[str, Rows], fact: NewFact, command: StepRun, decided: dict[str, Any]) -> None:
    stepped = stepped_of(command.step, command.distributors, fact.actor, fact.seq, decided)
    rows["step_runs"].append(_step_row(command.run_id, stepped))
    rows["pay_statements"] += [
        {"run_id": command.run_id, "distributor": id, "seq": fact.seq} for id in command.distributors
    ]
    if command.step == "void":
        rows["set_period_runs"].append(_period_row(command, run=None, voided=command.run_id))


def _step_row(run_id: str, stepped: Stepped) -> dict[str, Any]:
    paid = {"paid_people": stepped.paid_people, "paid_amount": stepped.paid_amount}
    return {"run_id": run_id, "marks": marks_of(stepped), **paid}


def _period_row(command: StepRun | CommitRun, **runs: str | None) -> dict[str, Any]:
    return {"calendar": command.calendar, "number": command.period, **runs}


_EFFECTS: dict[str, Any] = {
    "Enrol": _enrol,
    "Place": _place,
    "Prefer": _prefer,
    "KeepMatrix": _keep_matrix,
    "Move": _move,
    "Vacate": _vacate,
    "SetMovePolicy": _nothing_more,
    "PastMove": _past_move,
    "Terminate": _terminate,
    "Reinstate": _reinstate,
    "Register": _register,
    "Order": _nothing_more,
    "DateOrder": _nothing_more,
    "Return": _nothing_more,
    "OpenPeriod": _open_period,
    "ClosePeriod": _close_period,
    "ReopenPeriod": _reopen_period,
    "SetGraceDays": _set_grace_days,
    "Opening": _nothing_more,
    "PastStatement": _nothing_more,
    "RequestRun": _request_run,
    "QueueRun": _queue_run,
    "CancelRun": _cancel_run,
    "StepRun": _step_run,
    "RegisterPlan": _nothing_more,
    "OverrideRank": _nothing_more,
    "CommitRun": _commit_run,
    "Exported": _nothing_more,
}
