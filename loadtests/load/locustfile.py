"""The three kinds of user as Locust knows them, each an open loop.

Locust's own users wait for an answer before they ask again, so that a slow service is asked less often and the wait of
those who would have come meanwhile is in no figure. Here each kind is one user who follows a list of due times, drawn
beforehand, and asks every request in a greenlet of its own; a time begins when the request was due, not when it was
sent. `make load` runs this file; the stage comes in the environment.
"""

import os
import time
from pathlib import Path
from typing import Any, ClassVar, Final

import gevent
import numpy as np
from gevent.pool import Pool
from locust import events, task
from locust.contrib.fasthttp import FastHttpUser
from locust.exception import StopUser
from pydantic import SecretStr

from app.access.models import Role
from app.access.tokens import issue_token
from loadtests.load.asks import AGAIN, USERS, Ask, Asks, Name, User, of_user
from loadtests.load.draws import Roots, due_times
from loadtests.load.stages import VARIABLE, Seen, Stage, as_file

AT_ONCE: Final = 512
"""Requests of one kind of user under way at most; those that are due meanwhile wait, and their time runs."""
STAGE: Final = Stage.of_text(os.environ[VARIABLE])
SEEN: Final[dict[str, Seen]] = {}
LATE_MS: Final[list[float]] = []
_DONE: Final[set[User]] = set()
_ROLES: Final[dict[User, Role]] = {
    "administrator": Role.ADMIN,
    "distributor": Role.DISTRIBUTOR,
    "support": Role.SUPPORT,
}


def note(name: str, response_time: float, exception: Exception | None, **_more: Any) -> None:
    """Each answer, exactly: Locust's own figures are rounded."""
    seen = SEEN.setdefault(name, Seen())
    if exception is None:
        seen.ms.append(response_time)
    else:
        seen.fail(f"{type(exception).__name__}: {exception}"[:120])


events.request.add_listener(note)  # type: ignore[no-untyped-call]


class _OpenLoop(FastHttpUser):
    """Asks when it is due."""

    abstract = True
    fixed_count = 1
    concurrency = AT_ONCE
    kind: ClassVar[User]

    def on_start(self) -> None:
        """The list of what is due."""
        draw = np.random.default_rng([STAGE.seed, USERS.index(self.kind)])
        self._rates = of_user(STAGE.rates, self.kind)
        self._asks = Asks(Roots(STAGE.people, draw), STAGE.label, iter(STAGE.once), STAGE.many)
        self._draw = draw
        self._tokens: dict[str, str] = {}

    @task
    def follow(self) -> None:
        """The whole list, then no more; the last kind that is through ends the stage."""
        rate, pool, began = sum(self._rates.values()), Pool(AT_ONCE), time.perf_counter()
        names = list(self._rates)
        shares = [self._rates[name] / rate for name in names] if rate else []
        for due in due_times(rate, STAGE.seconds, self._draw):
            ask = self._asks.make(names[int(self._draw.choice(len(names), p=shares))])
            gevent.sleep(max(0.0, began + due - time.perf_counter()))
            LATE_MS.append((time.perf_counter() - began - due) * 1000)
            pool.spawn(self._ask, ask, began + due)
        pool.join()
        self._end()
        raise StopUser

    def _ask(self, ask: Ask, due: float) -> None:
        self._send(ask, ask.name, due)
        again = AGAIN.get(ask.name)
        if again is not None:
            self._send(ask, again, time.perf_counter())

    def _send(self, ask: Ask, name: Name, since: float) -> None:
        headers = {"Authorization": f"Bearer {self._token(ask.about)}"}
        method = "GET"
        if ask.body is not None:
            method, headers = "POST", headers | {"Idempotency-Key": ask.key}
        request = self.client.request(method, ask.path, name=name, json=ask.body, headers=headers, catch_response=True)
        with request as answer:
            answer.request_meta["response_time"] = (time.perf_counter() - since) * 1000

    def _token(self, about: str) -> str:
        """A distributor's own; staff have one."""
        person = about if self.kind == "distributor" else None
        token = self._tokens.get(person or "")
        if token is None:
            token = issue_token(SecretStr(STAGE.secret), STAGE.company, _ROLES[self.kind], person)
            self._tokens[person or ""] = token
        return token

    def _end(self) -> None:
        _DONE.add(self.kind)
        if len(_DONE) == len(USERS):
            Path(STAGE.out).write_bytes(as_file(SEEN, LATE_MS))
            runner = self.environment.runner
            if runner is not None:
                gevent.spawn(runner.quit)


class Administrator(_OpenLoop):
    """A company's shop, which tells of its orders."""

    kind = "administrator"


class Distributor(_OpenLoop):
    """Somebody who looks at their own figures."""

    kind = "distributor"


class Support(_OpenLoop):
    """Staff who look into trees."""

    kind = "support"
