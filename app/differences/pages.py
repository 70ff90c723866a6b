"""One person of two runs that were lined up, with the reasons of both."""

from app.differences.lineup import lines_of
from app.differences.models import Amounts, BonusChange, LinedUp, Paid, PersonChange
from app.differences.words import told


def person_change(lined: LinedUp, paid: tuple[Paid, Paid], number: int, name: str, most: int) -> PersonChange:
    """What both pay somebody by each bonus that changed, of which up to `most` lines are told, the largest change
    first."""
    was, now = lined.before[:, number], lined.after[:, number]
    rows = lines_of(lined, number)
    bonus = lined.changed.bonus[rows.start : rows.stop]
    bonuses = []
    for at, bonus_name in enumerate(lined.bonuses):
        own = [rows.start + int(row) for row in (bonus == at).nonzero()[0]]
        if own:
            largest = sorted(own, key=lambda row: -abs(int(lined.changed.change[row])))[:most]
            amounts = Amounts(bonus_name, int(was[at]), int(now[at]))
            bonuses.append(BonusChange(amounts, len(own), [told(lined, paid, row) for row in largest]))
    total = Amounts("total", int(was.sum()), int(now.sum()))
    return PersonChange(lined.people[number], name, total, bonuses)
