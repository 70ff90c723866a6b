"""Reads the world a batch is decided in, and writes what was decided; both inside the writer's transaction."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from app.facts.calendars import CALENDARS, StoredPeriod
from app.facts.canonical import policy_of
from app.facts.commands import (
    PLACEMENT_TREES,
    BelowSponsor,
    CancelRun,
    ClosePeriod,
    Command,
    CommitRun,
    DateOrder,
    Enrol,
    Explicit,
    Exported,
    Move,
    Opening,
    OpenPeriod,
    Order,
    OverrideRank,
    PastMove,
    PastStatement,
    Place,
    Placement,
    Prefer,
    QueueRun,
    Register,
    Reinstate,
    ReopenPeriod,
    RequestRun,
    Return,
    SetGraceDays,
    StepRun,
    Submission,
    TakenOver,
    Terminate,
    Vacate,
    placements_of,
)
from app.facts.decide import DECIDED, Chain
from app.facts.limits import MAX_PAID_AT_ONCE
from app.facts.plans import registered_plan
from app.facts.rows import ROWS_A_CALL, Call
from app.facts.runs import Due, RunStanding, received_by, to_pay
from app.facts.world import (
    FOREVER,
    Customer,
    FoundPlace,
    Matrix,
    Occupied,
    Past,
    Person,
    Stay,
    StoredCalculation,
    StoredFact,
    StoredOrder,
    World,
)
from app.graph import GraphTransaction, InTurn
from app.graph.paging import PEOPLE_A_CALL, ranges
from app.graph.ways import Stretch, asks_for_the_tree, ways_up
from app.places.beside import goes_on_by, search_beside
from app.places.matrix import MatrixSpot
from app.places.spots import NOBODY, PlacementTree, Spot


async def take_head(tx: GraphTransaction) -> tuple[Chain, int]:
    """Lock Head until the transaction ends; the chain's end and the next ix."""
    return _end_of(await tx.run_one("queries/facts/take_head"))


async def take_head_and_load(tx: GraphTransaction, submissions: Sequence[Submission], world: World) -> Chain:
    """Lock Head until the transaction ends, and know what load_world makes known, in one trip; the chain's end. The
    world knows who comes next. There is at least one submission."""
    answers = await tx.run_in_turn(_named_calls(submissions, world, before="take_head_and_"))
    end, world.next_ix = _end_of(answers[0][0]["head"])
    await _know(tx, submissions, world, answers)
    return end


async def read_head(tx: GraphTransaction) -> tuple[Chain, int]:
    """The chain's end and the next ix."""
    return _end_of(await tx.run_one("queries/facts/head"))


def _end_of(row: dict[str, Any] | None) -> tuple[Chain, int]:
    if row is None:
        raise RuntimeError("The graph has no Head node: run the migrations (banyan migrate) before writing facts.")
    return Chain(row["seq"], row["hash"], row["recorded_at"]), row["people"]


async def load_world(tx: GraphTransaction, submissions: Sequence[Submission], world: World) -> None:
    """Make everybody and everything known that the commands of a batch name, as stored now, beyond what the world
    knows."""
    await _know(tx, submissions, world, await tx.run_in_turn(_named_calls(submissions, world)))


async def _know(
    tx: GraphTransaction, submissions: Sequence[Submission], world: World, answers: list[list[dict[str, Any]]]
) -> None:
    """Note what is stored under the names of a batch, and read what else it asks for."""
    for [named] in answers:
        _know_named(world, named)
        _know_periods(world, named)
        _know_matrix(world, named)
        if "spots" in named:
            _know_places(world, "binary", named)
    commands = [submission.command for submission in submissions]
    if any(isinstance(c, Opening | StepRun | CommitRun | ReopenPeriod) for c in commands):
        [opens] = await tx.run("queries/facts/opens")
        world.opens = dict(zip(opens["calendars"], opens["periods"], strict=True))
    if ids := [c.id for c in commands if isinstance(c, OverrideRank)]:
        await _load_rank_overrides(tx, world, ids)
    if run_ids := sorted({c.run_id for c in commands if isinstance(c, StepRun | CommitRun)}):
        await _load_plans(tx, world)
        await _load_runs(tx, world, run_ids, [c for c in commands if isinstance(c, StepRun) and c.distributors])
    if ids := [c.calculation_id for c in commands if isinstance(c, RequestRun | QueueRun | CancelRun)]:
        await _take_calculations(tx, world, ids)


async def load_places(tx: GraphTransaction, submissions: Sequence[Submission], world: World) -> None:
    """Make known where the commands of a segment put people, as the trees are now."""
    commands = [submission.command for submission in submissions]
    for tree in PLACEMENT_TREES:
        given = [(command, placed[tree]) for command in commands if tree in (placed := placements_of(command))]
        if given:
            await _load_places(tx, world, tree, given)
    if back := _known(world, {command.id for command in commands if isinstance(command, Reinstate)}):
        for tree in PLACEMENT_TREES:
            await _load_slots(tx, world, tree, _Slots(FOREVER, comers=back))
    for command in commands:
        if isinstance(command, Move):
            goal = await _load_goal(tx, world, command)
            await _load_move(tx, world, goal)
            await _load_past(tx, world, goal)
        elif isinstance(command, Vacate):
            await _load_vacated(tx, world, command)


def _named_calls(submissions: Sequence[Submission], world: World, before: str = "") -> Iterator[Call]:
    """What asks for everything that is stored under the keys and ids of a batch, the first for periods and the first
    place as well. Each is made while the server works on the one before. The name of the first begins with `before`."""
    commands = [submission.command for submission in submissions]
    more, place = _periods_of(commands), _first_place(commands, world)
    for start in range(0, len(submissions), ROWS_A_CALL):
        params = _named_in(submissions[start : start + ROWS_A_CALL], world) | more
        if place is None:
            yield f"queries/facts/{before}load_world", params
        else:
            yield f"queries/facts/{before}load_newcomer", params | place.params("binary", world.now)
        more, place, before = _NO_PERIODS, None, ""


def _named_in(submissions: Sequence[Submission], world: World) -> dict[str, Any]:
    """The keys, and the ids that nobody has looked up yet."""
    named = _Named()
    for submission in submissions:
        named.note(submission.command)
    ids = {"distributors": named.distributors, "customers": named.customers, "orders": named.orders}
    unknown = {kind: sorted(some - world.looked_up[kind]) for kind, some in ids.items()}
    for kind, some in ids.items():
        world.looked_up[kind] |= some
    return {
        "keys": [one.key for submission in submissions for one in (submission, *submission.dates)],
        "distributor_ids": unknown["distributors"],
        "customer_ids": unknown["customers"],
        "order_ids": unknown["orders"],
    }


def _know_named(world: World, row: dict[str, Any]) -> None:
    for person in row["people"]:
        world.add(Person(*person))
    world.customers.update({id: Customer(*customer) for id, *customer in row["customers"]})
    for seq, key, kind, body, recorded_at, columns in row["facts"]:
        decided = {name: columns[name] for name in DECIDED[kind]}
        world.facts[key] = StoredFact(seq, key, kind, body, recorded_at, decided)
    for return_of, counts_in, dated, *columns in row["orders"]:
        id, seller_ix, buyer_ix, customer_id, placed_at, pv, cv, returned = columns
        dates = {date: at for date, at, _ in dated}
        counting = [counts_in, *(by_date for _, _, by_date in dated)]  # in a calendar one of them counts at most
        counted = {name: next((one[name] for one in counting if one[name] is not None), None) for name in CALENDARS}
        order = StoredOrder(id, seller_ix, buyer_ix, customer_id, placed_at, pv, cv, counted, returned, dates)
        world.used_order_ids.add(order.id)
        if return_of is None:
            world.orders[order.id] = order


def _know_periods(world: World, row: dict[str, Any]) -> None:
    for period in row["periods"]:
        world.periods[period[0], period[1]] = StoredPeriod(*period)
    world.periods_changed()
    world.committed.update({(calendar, number): run for calendar, number, run in row["committed"]})


def _know_matrix(world: World, row: dict[str, Any]) -> None:
    if row["matrix"]["width"] is not None:
        world.matrix = Matrix(**row["matrix"])
        world.matrix_spots.width = world.matrix.width


_OF_ANY_PERIOD = (
    Move,
    Vacate,
    Terminate,
    Reinstate,
    OpenPeriod,
    ClosePeriod,
    ReopenPeriod,
    SetGraceDays,
    Opening,
    PastStatement,
    RequestRun,
    StepRun,
    CommitRun,
    Exported,
)
"""What may look at a period that is closed long since; an order looks only at the ends of each calendar."""
_OF_A_PERIOD = (Order, DateOrder, Return, *_OF_ANY_PERIOD)
_NO_PERIODS: dict[str, Any] = {"calendars": [], "every": False}


def _periods_of(commands: Sequence[Command]) -> dict[str, Any]:
    """Which periods a batch looks at."""
    if not any(isinstance(c, _OF_A_PERIOD) for c in commands):
        return _NO_PERIODS
    return {"calendars": list(CALENDARS), "every": any(isinstance(c, _OF_ANY_PERIOD) for c in commands)}


def _first_place(commands: Sequence[Command], world: World) -> "_Slots | None":
    """The search for the place of the first command, where it can begin with what the command says."""
    match commands[0]:
        case Enrol(sponsor_id=str(sponsor_id), placement=BelowSponsor(strategy=strategy), enrolled_at=since) as first:
            world.sought = first
            return _Slots(since, sponsor_id, strategy)
    return None


class _Named:
    """The ids that commands name, by what they are looked up as."""

    def __init__(self) -> None:
        self.distributors: set[str] = set()
        self.customers: set[str] = set()
        self.orders: set[str] = set()

    def note(self, command: Any) -> None:
        match command:  # orders first: of those there are many
            case Order(id=id, buyer_id=buyer_id, buyer_kind=kind):
                self.orders.add(id)
                (self.customers if kind == "customer" else self.distributors).add(buyer_id)
            case Enrol(id=id, sponsor_id=sponsor_id):
                self.distributors.add(id)
                if sponsor_id is not None:
                    self.distributors.add(sponsor_id)
            case (
                Place(id=id)
                | Prefer(id=id)
                | Terminate(id=id)
                | Reinstate(id=id)
                | Opening(id=id)
                | PastStatement(id=id)
                | Exported(subject="person", name=id)
                | OverrideRank(id=id)
            ):
                self.distributors.add(id)
            case Move(id=id, new_parent_id=parent_id) | PastMove(id=id, parent_id=parent_id):
                self.distributors.update({id, parent_id})
            case Vacate(id=id, successor_id=successor_id):
                self.distributors.update({id, successor_id or id})
            case Register(id=id, distributor_id=distributor_id):
                self.customers.add(id)
                self.distributors.add(distributor_id)
            case DateOrder(order_id=order_id):
                self.orders.add(order_id)
            case Return(id=id, order_id=order_id):
                self.orders.update({id, order_id})
            case StepRun(distributors=distributors):
                self.distributors.update(distributors[:MAX_PAID_AT_ONCE])
        self._note_parents(command)

    def _note_parents(self, command: Command) -> None:
        for placement in placements_of(command).values():
            if isinstance(placement, Explicit | TakenOver):
                self.distributors.add(placement.parent_id)


async def _load_plans(tx: GraphTransaction, world: World) -> None:
    """Every plan that was registered."""
    [row] = await tx.run("queries/plans/registered")
    columns = (row[name] for name in ("seqs", "bodies", "actors", "reasons", "instants"))
    plans = [registered_plan(*values) for values in zip(*columns, strict=True)]
    world.plans = [plan for plan in plans if plan is not None]


async def _load_runs(tx: GraphTransaction, world: World, run_ids: list[str], pays: Sequence[StepRun]) -> None:
    """How runs stand, and what they owe to those who are to be paid by name."""
    [row] = await tx.run("queries/facts/load_runs", {"run_ids": run_ids})
    for id, voided, standing in row["runs"]:
        world.runs[id] = run = RunStanding(**standing)
        if voided:
            world.voided[run.calendar, run.period] = voided
    for pay in pays:
        ixs = [world.people[id].ix for id in pay.distributors[:MAX_PAID_AT_ONCE] if id in world.people]
        [row] = await tx.run("queries/facts/load_due", {"run": pay.run_id, "ixs": ixs})
        for ix, amount, paid_seq, before in row["due"]:
            received = received_by(before)
            world.due[pay.run_id, ix] = Due(to_pay(amount, received), paid_seq, received)


async def _load_rank_overrides(tx: GraphTransaction, world: World, ids: Sequence[str]) -> None:
    """What was decided last of the ranks of some people."""
    ixs = sorted({world.people[id].ix for id in ids if id in world.people})
    [row] = await tx.run("queries/facts/rank_overrides_of", {"ixs": ixs})
    world.ranks_decided.update(dict(row["last"]))


async def _take_calculations(tx: GraphTransaction, world: World, ids: list[str]) -> None:
    """With their locks, since a worker who comes to the end of one does not ask Head."""
    [row] = await tx.run("queries/facts/take_calculations", {"ids": sorted(set(ids))})
    world.calculations.update({id: StoredCalculation(*stored) for id, *stored in row["calculations"]})
    world.waiting = row["waiting"]


async def _load_places(
    tx: GraphTransaction, world: World, tree: PlacementTree, given: Sequence[tuple[Any, Placement]]
) -> None:
    """Spots and upward chains of one tree. People nobody knows yet are newcomers of this very batch."""
    asked = _Slots(since=min(c.placed_at if isinstance(c, Place) else c.enrolled_at for c, _ in given))
    for command, placement in given:
        if isinstance(placement, BelowSponsor):
            if tree == "binary" and world.sought is command:
                world.sought = None
                return  # alone in its segment
            world.found.pop(tree, None)
            sponsor = _sponsor_of(world, command)
            if sponsor is not None:
                asked.sponsor_id, asked.strategy = sponsor.id, placement.strategy
        else:
            parent = world.people.get(placement.parent_id)
            if parent is not None:
                asked.slots.add((parent.ix, placement.slot))
    anew = {command.id for command, placed in given if isinstance(command, Place) and not isinstance(placed, TakenOver)}
    asked.comers = _known(world, anew)
    known = world.matrix_spots if tree == "matrix" else world.spots
    asked.ixs = {ix for ix, _ in asked.slots if ix not in known}
    bound = any(isinstance(placed, Explicit) for _, placed in given)
    if bound and len(given) == 1:
        sponsor = _sponsor_of(world, given[0][0])
        asked.beneath = {(ix, sponsor.ix) for ix, _ in asked.slots if sponsor is not None}
    await _load_slots(tx, world, tree, asked)
    if bound and len(given) > 1:  # somebody of this batch may stand between
        await _load_ways_up(tx, world, tree, {ix for ix, _ in asked.slots})


def _known(world: World, ids: Set[str]) -> set[int]:
    """The people of some ids; nobody knows newcomers of this very batch yet."""
    return {world.people[id].ix for id in ids & world.people.keys()}


def _sponsor_of(world: World, command: Enrol | Place) -> Person | None:
    if isinstance(command, Enrol):
        return world.people.get(command.sponsor_id or "")
    person = world.people.get(command.id)
    return None if person is None else world.by_ix.get(person.sponsor_ix)


@dataclass(slots=True)
class _Slots:
    """What a segment asks about slots of one tree."""

    since: int
    """Who left a slot by then is of no interest."""
    sponsor_id: str = ""
    """Below whom a strategy looks; nobody's when empty."""
    strategy: str = ""
    ixs: set[int] = field(default_factory=set)
    """People whose spots are to be known, beside whom the strategy finds."""
    slots: set[tuple[int, int]] = field(default_factory=set)
    """Slots of which it is to be known who left them, beside the one that the strategy finds."""
    comers: set[int] = field(default_factory=set)
    """Of whom it is to be known when they gave up a place, if they ever did."""
    beneath: set[tuple[int, int]] = field(default_factory=set)
    """Of whom it is to be known whether they stand at or below whom."""

    def params(self, tree: PlacementTree, now: int) -> dict[str, Any]:
        return {
            "id": self.sponsor_id,
            "strategy": self.strategy,
            "ixs": sorted(self.ixs),
            "slots": [list(slot) for slot in sorted(self.slots)],
            "comers": sorted(self.comers),
            "beneath": [list(pair) for pair in sorted(self.beneath)],
            "since": self.since,
            **({"now": now} if tree == "binary" else {}),
        }


async def _load_slots(tx: GraphTransaction, world: World, tree: PlacementTree, asked: _Slots) -> None:
    """Where the strategy puts somebody, by the procedure that tells it to people who only ask; what somebody new in
    that slot and the asked ones may change; who left them, and what else is asked. All in one statement, since each
    costs a trip."""
    if not (asked.sponsor_id or asked.ixs or asked.slots or asked.comers):
        return
    [row] = await tx.run(f"queries/facts/load_places_{tree}", asked.params(tree, world.now))
    _know_places(world, tree, row)


_FOUND = ("parent_ix", "parent_id", "slot", "why", "parent_enrolled_at")


def _know_places(world: World, tree: PlacementTree, row: dict[str, Any]) -> None:
    if row["why"] is not None:
        world.found[tree] = FoundPlace(*(row[name] for name in _FOUND))
    if tree == "matrix":
        for ix, parent, slot, distance, through, below in row["spots"]:
            world.matrix_spots.know(MatrixSpot(ix, parent, slot, distance, through, dict(below)))
    else:
        _know_spots(world, row["spots"])
    for parent, slot, *stay in row["stays"]:
        world.left[tree, parent, slot].append(Occupied(*stay))
    for ix, until in row["gave_up"]:
        world.gave_up[tree, ix] = max(until, world.gave_up.get((tree, ix), 0))
    world.beneath |= {(tree, ix, top_ix) for ix, top_ix in row["beneath"]}


async def _load_goal(tx: GraphTransaction, world: World, move: Move) -> Move:
    """The move into the slot that it names, or into the one that its strategy finds where none is named or that is
    taken."""
    person, target = world.people.get(move.id), world.people.get(move.new_parent_id)
    if person is None or target is None or move.tree == "sponsor" or move.strategy is None:
        return move
    await _load_spots_of_move(tx, world, move.tree, person.ix, [target.ix])
    world.found[move.tree] = FoundPlace(target.ix, target.id, move.slot, None, target.enrolled_at)
    if not move.slot or move.slot in world.slots_in_use(move.tree, target.ix):
        await _load_slots(tx, world, move.tree, _Slots(FOREVER, sponsor_id=target.id, strategy=move.strategy))
        await _search_beside(tx, world, move.tree, move.strategy, person=person, target=target)
        await _load_person(tx, world, world.found[move.tree].parent_id)
    return world.goal_of(move)


async def _search_beside(
    tx: GraphTransaction, world: World, tree: PlacementTree, strategy: str, *, person: Person, target: Person
) -> None:
    """Where the strategy ended in the branch that goes along, its first slot outside. Costs the way up from the slot
    that it found, and where that leads through the mover three or four statements of O(log people)."""
    first = world.found[tree]
    if first.parent_ix == NOBODY:
        return
    await _load_ways_up(tx, world, tree, {first.parent_ix})
    if not world.is_at_or_below(tree, first.parent_ix, person.ix) or world.is_at_or_below(tree, target.ix, person.ix):
        return
    stands = person.place_in(tree)
    await _load_spots_of_move(tx, world, tree, person.ix, [stands[0]])
    if strategy == "preference":
        [row] = await tx.run("queries/facts/preference", {"ix": target.ix})
        strategy = row["strategy"]
    spots = world.matrix_spots if tree == "matrix" else world.spots
    ix, slot = search_beside(spots, strategy, target.ix, person.ix)
    nothing_else = (ix, slot) == stands
    [row] = await tx.run(f"queries/facts/stands_in_{tree}", {"ix": ix, "slot": 0 if nothing_else else slot})
    inside = f"{first.why}; that slot is in the branch of {person.id}"
    if nothing_else:
        world.found[tree] = FoundPlace(ix, row["id"], slot, f"{inside}, and there is no other", row["enrolled_at"])
        return
    await _load_slots(tx, world, tree, _Slots(FOREVER, sponsor_id=row["id"], strategy=goes_on_by(strategy)))
    world.found[tree] = replace(world.found[tree], why=f"{inside}, so the first one outside")


async def _load_person(tx: GraphTransaction, world: World, id: str | None) -> None:
    asked: dict[str, list[str | None]] = {"keys": [], "distributor_ids": [id], "customer_ids": [], "order_ids": []}
    [row] = await tx.run("queries/facts/load_world", {**asked, **_NO_PERIODS})
    _know_named(world, row)


async def _load_vacated(tx: GraphTransaction, world: World, vacate: Vacate) -> None:
    """What somebody who leaves may change, and who came and went below them since."""
    person = world.people.get(vacate.id)
    if person is None:
        return
    above, _ = person.place_in(vacate.tree)
    await _load_spots_of_move(tx, world, vacate.tree, person.ix, sorted({above} - {NOBODY}))
    successor = world.people.get(vacate.successor_id or "")
    world.past = Past()
    await _load_stays(tx, world, vacate.tree, {one.ix for one in (person, successor) if one is not None}, since=0)
    if vacate.effective_at is not None:
        slots = {(person.ix, slot) for slot in world.slots_of(vacate.tree)}
        await _load_slots(tx, world, vacate.tree, _Slots(vacate.effective_at, slots=slots))


async def _load_move(tx: GraphTransaction, world: World, move: Move) -> None:
    person, target = world.people.get(move.id), world.people.get(move.new_parent_id)
    if person is None or target is None:
        return
    if move.tree != "sponsor":
        parents = sorted({target.ix, person.place_in(move.tree)[0]} - {NOBODY})
        await _load_spots_of_move(tx, world, move.tree, person.ix, parents)
    await _load_ways_up(tx, world, move.tree, {target.ix})


async def load_spot(tx: GraphTransaction, world: World, tree: PlacementTree, ix: int) -> None:
    """Make a spot known that a decision lacked, with everybody whom a repair from there on may ask."""
    await _load_spots_of_move(tx, world, tree, ix, [ix])
    if ix not in (world.matrix_spots if tree == "matrix" else world.spots):
        raise RuntimeError(f"Person number {ix} is named in the {tree} tree and not stored; run banyan doctor.")


async def _load_spots_of_move(
    tx: GraphTransaction, world: World, tree: PlacementTree, ix: int, parents: Sequence[int]
) -> None:
    """What a person who leaves one of these parents, or comes under one, may change."""
    if tree == "matrix":
        await _load_slots(tx, world, tree, _Slots(since=FOREVER, ixs={ix, *parents}))
    else:
        [row] = await tx.run("queries/facts/load_spots_of_move", {"ix": ix, "parents": parents})
        _know_spots(world, row["spots"])


def _know_spots(world: World, spots: Sequence[Sequence[int]]) -> None:
    for spot in spots:
        world.spots.know(Spot(*spot))


async def _load_ways_up(tx: GraphTransaction, world: World, tree: str, ixs: set[int]) -> None:
    """Everybody above some people; the whole tree, where many of its people are asked about."""
    climbed = world.climbed[tree]
    waiting = ixs - climbed
    if asks_for_the_tree(len(waiting), world.next_ix):
        await _load_tree(tx, world, tree)
        climbed.update(world.parents[tree], waiting)
        return

    async def ask(stretch: Stretch, some: Set[int]) -> dict[int, int]:
        [row] = await tx.run(f"queries/facts/{stretch}_{tree}", {"ixs": sorted(some)})
        return dict(zip(row["children"], row["parents"], strict=True))

    world.parents[tree].update(await ways_up(waiting, climbed, ask))


async def _load_tree(tx: GraphTransaction, world: World, tree: str) -> None:
    for first, end in ranges(world.next_ix, PEOPLE_A_CALL):
        [row] = await tx.run(f"queries/facts/all_edges_{tree}", {"from_ix": first, "to_ix": end})
        world.parents[tree].update(zip(row["children"], row["parents"], strict=True))


async def _load_past(tx: GraphTransaction, world: World, move: Move) -> None:
    """Where the mover stood, and, of a move that takes effect in the past, who stood above the new place since."""
    person, target = world.people.get(move.id), world.people.get(move.new_parent_id)
    if person is None or target is None:
        return
    world.past = Past()
    await _load_stays(tx, world, move.tree, {person.ix}, since=0)
    await _load_policy(tx, world, move, person)
    if move.effective_at is None:
        return
    since = move.effective_at
    if move.tree != "sponsor":
        await _load_slots(tx, world, move.tree, _Slots(since, slots={(target.ix, move.slot)}))
    above, met = {target.ix}, {person.ix}
    while above:
        await _load_ways_up(tx, world, move.tree, above)
        way = {ix for start in above for ix in world.way_up(move.tree, start)} - met
        met |= way
        stays = await _load_stays(tx, world, move.tree, way, since)
        above = {stay.parent for stay in stays} - met


async def _load_policy(tx: GraphTransaction, world: World, move: Move, person: Person) -> None:
    """The policy of moves, and how many would go along where that is limited."""
    row = await tx.run_one("queries/facts/move_policy")
    if row is None:
        return
    policy = policy_of(row["body"])
    world.past.policy = policy
    most = next((limits.largest_subtree for limits in policy.limits if limits.tree == move.tree), None)
    if move.alone:
        world.past.subtree = 1
    elif most is not None:
        counted = {"ix": person.ix, "most": most + 1}
        [row] = await tx.run(f"queries/facts/subtree_{move.tree}", counted)
        world.past.subtree = row["people"]


async def _load_stays(tx: GraphTransaction, world: World, tree: str, ixs: set[int], since: int) -> list[Stay]:
    stays = []
    for start in range(0, len(ixs), ROWS_A_CALL):
        some = sorted(ixs)[start : start + ROWS_A_CALL]
        [row] = await tx.run(f"queries/facts/stays_{tree}", {"ixs": some, "since": since})
        ends = (FOREVER if end < 0 else end for end in row["ends"])
        stays += list(map(Stay, row["children"], row["parents"], row["begins"], ends))
    for stay in sorted(stays, key=lambda stay: (stay.since, stay.until)):
        world.past.stays.setdefault(stay.child, []).append(stay)
    return stays


class Writing:
    """The statements that `calls_of` makes of decisions, one decision after the other: while the server writes one, the
    caller makes the next."""

    def __init__(self, tx: GraphTransaction) -> None:
        self._turn = InTurn(tx)
        self._asked: Call | None = None

    async def add(self, calls: Sequence[Call]) -> None:
        """Send them. What comes of the last is known with the next ones, or at the end."""
        for call in calls:
            asked, self._asked = self._asked, call
            _must_be_written(asked, await self._turn.send(*call))

    async def end(self) -> None:
        """Wait for all of them."""
        asked, self._asked = self._asked, None
        _must_be_written(asked, await self._turn.end())


def _must_be_written(asked: Call | None, rows: list[dict[str, Any]] | None) -> None:
    if asked is None or rows is None:
        return
    (statement, params), [written] = asked, rows
    for column, done in written.items():
        given = params[column if column in params else "rows"]
        if done != len(given):
            raise RuntimeError(
                f"{statement} says {column} {done} of {len(given)}: the graph does not hold what the writer "
                "decided by. Nothing was committed; run banyan doctor."
            )
