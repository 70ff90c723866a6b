"""Chains of links followed for everybody at once."""

from app.generator.models import Ints


def ends(link: Ints) -> Ints:
    """Where each chain of links ends; link[i] == i ends it. Pointer doubling: log2(longest chain) rounds."""
    while not (link == (further := link[link])).all():
        link = further
    return link
