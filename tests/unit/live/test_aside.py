"""Long calculations give way to whoever asks meanwhile."""

import os
import threading
import time

import pytest

from app.workers.aside import NICENESS, Aside

pytestmark = pytest.mark.anyio


async def test_its_thread_is_behind_all_others_and_no_other_is() -> None:
    aside, before = Aside(), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    try:
        found, _ = await aside.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
    finally:
        aside.close()
    assert found == NICENESS
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


async def test_waiting_is_not_counted_as_work() -> None:
    aside = Aside()
    try:
        _, worked_s = await aside.run(lambda: time.sleep(0.2))
        with pytest.raises(ZeroDivisionError):
            await aside.run(lambda: 1 // 0)
    finally:
        aside.close()
    assert worked_s < 0.1
