"""What the people of a company are, beside their places: when they came, their status, region, title, owner."""

from typing import Final

import numpy as np

from app.generator.links import ends
from app.generator.models import ACTIVE, REGIONS, TERMINATED, Ints, Shape
from app.generator.months import DAY_MS

HISTORY_MS: Final = 3 * 365 * DAY_MS
_RECRUITS_FOR_TITLE: Final = (1, 3, 8, 20)
_USUAL: Final = (0.95, 0.03, 0.02)
_CHURNED: Final = (0.66, 0.14, 0.2)
_BRANCH_DIES: Final = 0.08
_FOUNDERS: Final = 50
"""One in so many came first; no branch of theirs dies as a whole, else little of the company might be left."""


def joins(rng: np.random.Generator, count: int, first: int, end: int) -> Ints:
    """When each enrolled: from `first` on to a day before `end`, denser towards the end, every instant different."""
    # The square root makes the company grow steadily; adding the position makes every instant different.
    spread = np.sort((np.sqrt(rng.random(count)) * (end - first - DAY_MS)).astype(np.int64))
    spread[0] = 0
    return first + spread + np.arange(count)


def statuses(rng: np.random.Generator, shape: Shape, sponsor: Ints) -> Ints:
    """Mostly active; in a churned company many are not, and in whole branches of the sponsor tree nobody is."""
    count = len(sponsor)
    status = rng.choice(3, count, p=_CHURNED if shape is Shape.CHURNED else _USUAL)
    if shape is Shape.CHURNED:
        dies = rng.random(count) < _BRANCH_DIES
        dies[: count // _FOUNDERS + 1] = False
        person = np.arange(count)
        status[dies[ends(np.where(dies | (sponsor < 0), person, sponsor))]] = TERMINATED
    status[0] = ACTIVE
    return status


def recruits(sponsor: Ints) -> Ints:
    """How many each sponsored."""
    return np.bincount(sponsor[1:], minlength=len(sponsor))


def titles(sponsor: Ints) -> Ints:
    """By number of recruits."""
    return np.searchsorted(_RECRUITS_FOR_TITLE, recruits(sponsor), side="right")


def owners(rng: np.random.Generator, sponsor: Ints) -> Ints:
    """Income centres: some own their first two recruits' positions themselves."""
    people = np.arange(len(sponsor))
    owns_more = (rng.random(len(sponsor)) < 0.02) & (recruits(sponsor) >= 2)
    by_sponsor = np.argsort(sponsor, kind="stable")
    first_of_sponsor = np.searchsorted(sponsor[by_sponsor], sponsor[by_sponsor], side="left")
    nth_recruit = np.empty(len(sponsor), dtype=np.int64)
    nth_recruit[by_sponsor] = people - first_of_sponsor
    return ends(np.where((sponsor >= 0) & owns_more[sponsor] & (nth_recruit < 2), sponsor, people))


def regions(rng: np.random.Generator, sponsor: Ints) -> Ints:
    """Most have their sponsor's."""
    people = np.arange(len(sponsor))
    own = rng.choice(len(REGIONS), len(sponsor), p=[region.share for region in REGIONS])
    follows = (rng.random(len(sponsor)) < 0.85) & (sponsor >= 0)
    return own[ends(np.where(follows, sponsor, people))]
