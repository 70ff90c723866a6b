"""What was sold, summed over people and trees: for a check, a new company, and a period that is over."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from app.engine.columns import Int64s
from app.engine.forest import Forest, scatter_sums
from app.volumes.models import Tree

UNITS: Final = ("pv", "cv")


class Sold(NamedTuple):
    """By order and return: whose volume it is, who bought (-1 a customer), and PV and CV in minor units."""

    seller: Int64s
    buyer: Int64s
    pv: Int64s
    cv: Int64s


def volume_columns(people: int, trees: Mapping[Tree, Forest], sold: Sold) -> dict[str, Int64s]:
    """By ix (people,) own_pv, customer_pv and such as sponsor_pv, of a tree's inclusive subtrees; the same in CV."""
    columns: dict[str, Int64s] = {}
    for unit in UNITS:
        amount = getattr(sold, unit)
        for kind, bought in (("own", sold.buyer >= 0), ("customer", sold.buyer < 0)):
            columns[f"{kind}_{unit}"] = scatter_sums(sold.seller[bought], amount[bought], people)
        personal = columns[f"own_{unit}"] + columns[f"customer_{unit}"]
        columns |= {f"{tree}_{unit}": shape.subtree_sums(personal) for tree, shape in trees.items()}
    return columns
