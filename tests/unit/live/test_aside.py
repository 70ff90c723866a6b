"""Long calculations give way to whoever asks meanwhile."""

import os
import threading

import pytest

from app.workers.aside import NICENESS, Aside

pytestmark = pytest.mark.anyio


async def test_its_thread_is_behind_all_others_and_no_other_is() -> None:
    aside, before = Aside(), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    try:
        found = await aside.run(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        with pytest.raises(ZeroDivisionError):
            await aside.run(lambda: 1 // 0)
    finally:
        aside.close()
    assert found == NICENESS
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
