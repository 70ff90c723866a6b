"""Names: the same for the same person, a few common, most rare, and never a number."""

from collections import Counter

import numpy as np

from app.facts.text import is_printable
from app.generator.names import names_of


def test_a_person_keeps_the_name_whoever_is_written_beside() -> None:
    everybody = names_of(np.arange(5_000), 0).to_pylist()
    assert names_of(np.arange(1_000, 1_010), 0).to_pylist() == everybody[1_000:1_010]
    assert names_of(np.arange(5_000), 1).to_pylist() != everybody


def test_names_are_spread_as_names_are() -> None:
    names = names_of(np.arange(100_000), 0).to_pylist()
    assert len(set(names)) > 20_000
    [(_, commonest)] = Counter(names).most_common(1)
    assert 100 < commonest < 1_000
    words = Counter(word for name in names for word in name.split())
    assert len(words) < 1_000 < words.most_common(1)[0][1]
    assert all(is_printable(name) and not any(map(str.isdigit, name)) for name in set(names))
