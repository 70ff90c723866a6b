"""Ways to the top as machine code: a step has few starts and long ways, of which a call for each level costs more than
what it carries."""

import numpy as np

from app.engine.columns import Bools, Int64s
from app.engine.compiled import compiled

_FIRST_ROOM = 64


@compiled
def ways_up(parents: Int64s, starts: Int64s, met: Bools) -> Int64s:
    """Everybody on the ways up from `starts`, the starts included, each once; a way ends below 0. `met` is False for
    each of `parents`, before and after."""
    people = np.empty(max(_FIRST_ROOM, 4 * starts.size), np.int64)
    found = 0
    for start in starts:
        ix = start
        while ix >= 0 and not met[ix]:
            if found == people.size:
                longer = np.empty(2 * found, np.int64)
                longer[:found] = people
                people = longer
            people[found] = ix
            met[ix] = True
            found += 1
            ix = parents[ix]
    for row in range(found):
        met[people[row]] = False
    return people[:found].copy()


@compiled
def from_below(above: Int64s) -> Int64s:
    """Rows in an order in which everybody comes before who stands above; `above` (m,) is a row, or below 0. Who stands
    in a cycle, or above one, is left out."""
    many = above.size
    below = np.zeros(many, np.int64)
    for row in range(many):
        if above[row] >= 0:
            below[above[row]] += 1
    through = np.empty(many, np.int64)
    last = 0
    for row in range(many):
        if below[row] == 0:
            through[last] = row
            last += 1
    first = 0
    while first < last:
        up = above[through[first]]
        first += 1
        if up >= 0:
            below[up] -= 1
            if below[up] == 0:
                through[last] = up
                last += 1
    return through[:last].copy()


@compiled
def sum_up(above: Int64s, through: Int64s, rows: Int64s, amounts: Int64s, seqs: Int64s) -> tuple[Int64s, Int64s]:
    """What reaches each row (m,) from the rows (n,) where something starts: the sums of amounts (n, k) as (m, k), and
    the highest of seqs (n,) as (m,). `through` is from_below's: each hands on what they have, once."""
    many, width = above.size, amounts.shape[1]
    sums, latest = np.zeros((many, width), np.int64), np.zeros(many, np.int64)
    for start in range(rows.size):
        row = rows[start]
        latest[row] = max(latest[row], seqs[start])
        for column in range(width):
            sums[row, column] += amounts[start, column]
    for row in through:
        up = above[row]
        if up >= 0:
            latest[up] = max(latest[up], latest[row])
            for column in range(width):
                sums[up, column] += sums[row, column]
    return sums, latest


def load() -> None:
    """Have the kernels at hand: the first call of a process reads them from its disk, the first of all makes them."""
    alone = np.array([-1])
    rows = ways_up(alone, np.array([0]), np.array([False]))
    sum_up(alone, from_below(alone), rows, np.array([[1]]), np.array([1]))
