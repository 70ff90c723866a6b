"""`python -m app.runtime`: starts both servers, prints where they answer as JSON, serves until Ctrl-C or SIGTERM."""

import dataclasses
import json
import signal
import sys
import threading

from app.runtime import RuntimeStartError, running_servers
from app.settings import Settings


def main() -> int:
    """Serve."""
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    try:
        with running_servers(Settings(), progress=lambda text: print(text, file=sys.stderr, flush=True)) as endpoints:
            print(json.dumps(dataclasses.asdict(endpoints)), flush=True)
            asked_to_stop.wait()
    except RuntimeStartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
