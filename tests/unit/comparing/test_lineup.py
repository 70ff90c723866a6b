"""Lining up against the plain way: one dictionary a side, one pair after the other."""

from collections import Counter
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from app.comparing.lineup import check_names, count_people, line_up, notes_of, totals_by_bonus
from app.comparing.models import BonusNames, Results, ResultsError

PLANNED = ("Level bonus", "Team bonus")
NAMES = BonusNames(
    "names.yaml", {"L1": "Level bonus", "L2": "Level bonus", "Levl": "Level bonus"}, {"L1": 1, "L2": 2, "Levl": 3}
)


@pytest.mark.parametrize("seed", range(20))
def test_against_one_pair_after_the_other(seed: int) -> None:
    random = Random(seed)
    ids = [f"P{number}" for number in range(random.choice([1, 5, 30]))]
    by_person = np.array([[random.choice([0, 0, 5, 700]) for _ in ids] for _ in PLANNED], dtype=np.int64)
    people, names = [*ids, "Z1", "Z2"], [*PLANNED, "L1", "L2", "Car"]
    rows = random.sample([(p, b) for p in people for b in names], k=random.randrange(len(people) * len(names)))
    amounts = [random.choice([0, 5, 6, 700, -5]) for _ in rows]
    notes = [random.choice(["", f"note {row}"]) for row in range(len(rows))]
    results = Results(
        "old.csv",
        pa.array([p for p, _ in rows], pa.string()),
        pa.array([b for _, b in rows], pa.string()),
        np.array(amounts, dtype=np.int64),
        pa.array(notes, pa.string()),
    )
    theirs: Counter[tuple[str, str]] = Counter()
    for (person, bonus), amount in zip(rows, amounts, strict=True):
        theirs[person, NAMES.ours.get(bonus, bonus)] += amount
    ours = {(p, b): int(by_person[j, i]) for j, b in enumerate(PLANNED) for i, p in enumerate(ids) if by_person[j, i]}

    lined = line_up(results, NAMES, PLANNED, ids, by_person)
    called = [*ids, *lined.strangers]
    pairs = [(called[p], lined.bonuses[b]) for p, b in zip(lined.person, lined.bonus, strict=True)]
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) == theirs.keys() | ours.keys()
    assert dict(zip(pairs, lined.theirs.tolist(), strict=True)) == {pair: theirs[pair] for pair in pairs}
    assert dict(zip(pairs, lined.ours.tolist(), strict=True)) == {pair: ours.get(pair, 0) for pair in pairs}
    assert lined.bonuses[: lined.planned] == list(PLANNED)
    assert lined.unused == [name for name in NAMES.ours if name not in {b for _, b in rows}]
    asked = [index for index in range(len(pairs)) if random.random() < 0.5]
    noted: dict[int, str] = {}
    for (person, bonus), note in zip(rows, notes, strict=True):
        index = pairs.index((person, NAMES.ours.get(bonus, bonus)))
        if note and index in asked:
            noted[index] = f"{noted[index]}; {note}" if index in noted else note
    assert notes_of(lined, results, np.array(asked, dtype=np.int64)) == noted

    totals = totals_by_bonus(lined)
    assert [each.theirs for each in totals] == [sum(v for (_, b), v in theirs.items() if b == t.name) for t in totals]
    assert (sum(each.theirs for each in totals), sum(each.ours for each in totals)) == (sum(amounts), by_person.sum())

    tolerance = 1
    kinds: Counter[str] = Counter()
    for person in {person for person, _ in pairs}:
        mine = [pair for pair in pairs if pair[0] == person]
        paid = any(theirs[pair] for pair in mine), any(ours.get(pair) for pair in mine)
        if any(abs(ours.get(pair, 0) - theirs[pair]) > tolerance for pair in mine):
            kinds[{(True, False): "only_theirs", (False, True): "only_ours"}.get(paid, "differing")] += 1
        elif any(paid):
            kinds["equal"] += 1
    counted = count_people(lined, np.abs(lined.ours - lined.theirs) > tolerance)
    assert {name: kinds[name] for name in ("equal", "differing", "only_theirs", "only_ours")} == {
        "equal": counted.equal,
        "differing": counted.differing,
        "only_theirs": counted.only_theirs,
        "only_ours": counted.only_ours,
    }


def test_a_name_of_ours_that_the_plan_does_not_have() -> None:
    check_names(NAMES, PLANNED)
    with pytest.raises(ResultsError) as caught:
        check_names(NAMES, ("Team bonus",))
    assert [str(line) for line in caught.value.bad_lines] == [
        "names.yaml:1 ours: unknown bonus: 'Level bonus' (the plan has 'Team bonus')",
        "names.yaml:2 ours: unknown bonus: 'Level bonus' (the plan has 'Team bonus')",
        "names.yaml:3 ours: unknown bonus: 'Level bonus' (the plan has 'Team bonus')",
    ]
