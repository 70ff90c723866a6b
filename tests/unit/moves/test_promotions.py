"""Which facts follow a termination that promotes, and whose legs they change."""

from dataclasses import replace

from app.facts.commands import Move, Terminate, Vacate
from app.moves.changes import Shift, changes_of
from app.moves.models import Figures, Frontline, LegChange, Surroundings
from app.moves.promotions import into_the_place, to_the_sponsor
from app.moves.repository import NOBODY, Tally

AROUND = Surroundings("matrix", "P", 2, True, ("first", "second", "third"), (3, 2, 1), 900, 1_000)
"""Who was enrolled first stands on the right."""


def test_who_was_enrolled_first_takes_the_place_after_the_others_went_below_from_the_left() -> None:
    assert into_the_place(Terminate("L", "promote"), AROUND) == [
        Move("third", "matrix", "first", 1, override=True, strategy="first_open"),
        Move("second", "matrix", "first", 2, override=True, strategy="first_open"),
        Vacate("L", "matrix", "first"),
        Move("first", "matrix", "P", 2, override=True),
    ]


def test_all_of_it_holds_since_one_instant_after_everybody_came() -> None:
    since = [one.effective_at for one in into_the_place(Terminate("L", "promote", 500), AROUND)]
    assert since == [1_001] * 4
    later = into_the_place(Terminate("L", "promote", 2_000), AROUND)
    assert {one.effective_at for one in later} == {2_000}


def test_nobody_goes_to_a_sponsor_before_that_one_was_the_leavers() -> None:
    frontline = Frontline(("early", "late"), (100, 900), "S", 700)
    moves = to_the_sponsor(Terminate("L", "promote", 500), frontline)
    assert [(move.id, move.new_parent_id, move.effective_at) for move in moves] == [
        ("early", "S", 701),
        ("late", "S", 901),
    ]
    assert [move.effective_at for move in to_the_sponsor(Terminate("L", "promote", 1_000), frontline)] == [1_000] * 2
    assert [move.effective_at for move in to_the_sponsor(Terminate("L", "promote"), frontline)] == [None] * 2


def test_without_anybody_below_the_place_is_given_up_and_without_a_place_nothing_is() -> None:
    alone = replace(AROUND, ids=(), slots=())
    assert into_the_place(Terminate("L", "promote"), alone) == [Vacate("L", "matrix", None)]
    assert into_the_place(Terminate("L", "promote"), replace(alone, parent_id="")) == []


def test_whose_legs_change_when_somebody_leaves_and_others_move_up() -> None:
    """T above P above L; A with D and B below L. B goes below D, A into L's place."""
    top, parent, leaver, a, b, d = range(6)
    heads = {top: 10, parent: 8, leaver: 6, a: 3, b: 2, d: 1}
    tallies = {ix: Tally("TPLABD"[ix], "", count, {}) for ix, count in heads.items()}
    before = {parent: top, leaver: parent, a: leaver, b: leaver, d: a}
    shift = Shift("binary", {b: d, leaver: NOBODY, a: parent}, dict.fromkeys((b, leaver, a), 1_000))
    assert changes_of(shift.before(1_000), before, tallies, None) == (), "a period that ended before does not change"
    found = changes_of(shift.before(1_001), before, tallies, None)
    assert {change.id: change.after.people - change.before.people for change in found} == {
        "T": -1,
        "P": -1,
        "L": -5,
        "A": 2,
        "D": 2,
    }
    [of_parent] = [change for change in found if change.id == "P"]
    assert of_parent.legs == (
        LegChange("L", Figures(6), Figures()),
        LegChange("A", Figures(), Figures(5)),
    )
