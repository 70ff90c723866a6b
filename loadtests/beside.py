"""What a user would pick instead: each question to us and to PostgreSQL, on the same trees, with equal answers."""

from dataclasses import replace
from functools import partial
from typing import Final

from app.graph.errors import QueryTimeoutError, QueryTooLargeError
from loadtests.company import Filled
from loadtests.ours import FROM_THE_GRAPH, IN_MEMORY
from loadtests.postgres import LIMIT_S, Database, Rows
from loadtests.questions import Question, answer_of, questions_about, table_of
from loadtests.rows import Row
from loadtests.timing import LeftOutError, Timing, must_equal, timed, timed_async
from loadtests.trees import HEAVY_TAILED, Trees

BESIDE: Final = "PostgreSQL"
HAS_A_BETTER: Final = frozenset({"binary_volumes"})
"""Asked in another way as well, whose times are the ones to compare with: no need to wait long for this one."""
MOST_READ: Final = 100_000
"""People whose tallies are read one and all in the other shapes: a million take the server ten seconds and more."""
PATIENCE_S: Final = 2.0
LESS_S: Final = 2.0
"""How long one statement may take in the other shapes."""


async def compare(company: Filled, database: Database | str) -> str:
    """A row for each question; PostgreSQL's version, or why it was not asked. Raises DifferentAnswerError."""
    if isinstance(database, str):
        company.say(database)
    limit_s = limit_of(company.shape)
    for question in questions_about(company.trees):
        if question.kind in HAS_A_BETTER and company.shape != HEAVY_TAILED and company.people > MOST_READ:
            continue
        row = await _ours(company, question)
        company.sheet.add(with_theirs(row, company.trees, question, database, limit_s))
    return database if isinstance(database, str) else database.version


def limit_of(shape: str) -> float:
    """Seconds that a statement may take."""
    return LIMIT_S if shape == HEAVY_TAILED else LESS_S


async def _ours(company: Filled, question: Question) -> Row:
    row = Row(question.name, about=question.about)
    try:
        timing = await _timed(company, question)
    except (QueryTimeoutError, QueryTooLargeError) as error:
        return replace(row, words=error.message)
    return replace(row, calls=timing.calls, p50_ms=timing.p50_ms, p95_ms=timing.p95_ms)


async def _timed(company: Filled, question: Question) -> Timing:
    if (kernel := IN_MEMORY.get(question.kind)) is not None:
        return timed(lambda: kernel(company.trees.unindexed()), lambda _answer: None)
    expected = answer_of(company.trees, question)
    ask = partial(FROM_THE_GRAPH[question.kind], company.house, question, company.people)
    return await timed_async(ask, lambda given: must_equal(question.name, expected, given))


def with_theirs(row: Row, trees: Trees, question: Question, database: Database | str, limit_s: float = LIMIT_S) -> Row:
    """The row with PostgreSQL's time for the question, or why there is none."""
    if isinstance(database, str):
        return replace(row, beside_words="not installed")

    def check(given: Rows) -> None:
        must_equal(f"{question.name}, by {BESIDE}", answer_of(trees, question), table_of(given))

    try:
        limit = min(limit_s, PATIENCE_S) if question.kind in HAS_A_BETTER else limit_s
        timing = timed(partial(database.ask, question, limit), check)
    except LeftOutError as error:
        return replace(row, beside=BESIDE, beside_words=error.message)
    return replace(row, beside=BESIDE, beside_ms=timing.p50_ms)
