"""`generate(spec) -> Company`: a company with a documented shape (docs/import-format.md), from a seed alone."""

from typing import Final

import numpy as np

from app.errors import InvalidInputError
from app.generator import people, sales
from app.generator.matrix import fill_matrix
from app.generator.models import Company, CompanySpec, Ints, Matrix, Shape
from app.generator.months import months_of
from app.generator.shapes import FORCED_MATRIX, plant

_OUTSIDE_MATRIX: Final = 0.05
_TOPIC_OF_MATRIX: Final = 4
MAX_DISTRIBUTORS: Final = 10_000_000


def generate(spec: CompanySpec) -> Company:
    """The company of a spec: the same spec gives the same arrays. O(n log n)."""
    months = months_of(spec.months)
    if not 1 <= spec.distributors <= MAX_DISTRIBUTORS:
        raise InvalidInputError(f"{spec.distributors} distributors asked for; give 1 to {MAX_DISTRIBUTORS:,}")
    if spec.seed < 0:
        raise InvalidInputError(f"the seed is {spec.seed}; give zero or more")
    # One stream per topic: a change to one part of the shape leaves the others' draws alone.
    tree, persons, retail, selling = (np.random.default_rng([spec.seed, topic]) for topic in range(4))
    start, end = months[0].start, months[-1].end
    enrolled_at = people.joins(tree, spec.distributors, start - people.HISTORY_MS, end)
    grown = plant(spec.shape, tree, spec.distributors)
    status = people.statuses(persons, spec.shape, grown.sponsor)
    owner = people.owners(persons, grown.sponsor)
    region = people.regions(persons, grown.sponsor)
    customer_of, registered_at = sales.customers(retail, enrolled_at, end)
    groups = sales.buyer_groups(status, region, enrolled_at, customer_of, registered_at)
    sold = sales.orders(selling, months, groups)
    return_of, return_at = sales.returns(selling, sold.at, end)
    return Company(
        sponsor=grown.sponsor,
        parent=grown.parent,
        slot=grown.slot,
        matrix=_matrix(spec, grown.sponsor),
        enrolled_at=enrolled_at,
        status=status,
        owner=owner,
        region=region,
        title=people.titles(grown.sponsor),
        customer_of=customer_of,
        registered_at=registered_at,
        order_buyer=sold.buyer,
        order_by_customer=sold.by_customer,
        order_at=sold.at,
        order_pv=sold.pv,
        order_cv=sold.cv,
        order_late=sold.late,
        return_of=return_of,
        return_at=return_at,
        months=tuple(sorted(spec.months)),
    )


def _matrix(spec: CompanySpec, sponsor: Ints) -> Matrix | None:
    """Some stand nowhere in it yet, unless it is forced on everybody."""
    forced = spec.shape is Shape.MATRIX
    if spec.matrix is None and not forced:
        return None
    width, depth = spec.matrix or FORCED_MATRIX
    rng = np.random.default_rng([spec.seed, _TOPIC_OF_MATRIX])
    waits = rng.random(len(sponsor)) < (0 if forced else _OUTSIDE_MATRIX)
    waits[0] = False
    return fill_matrix(sponsor, waits, width=width, depth=depth)
