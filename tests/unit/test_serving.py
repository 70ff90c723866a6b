"""What the web server runs on."""

import asyncio

from app.serving import run_serving


def test_it_serves_on_the_fast_loop() -> None:
    seen: list[str] = []

    async def work() -> None:
        seen.append(type(asyncio.get_running_loop()).__module__)

    run_serving(work())
    assert seen == ["uvloop"], "which comes with uvicorn[standard]"
