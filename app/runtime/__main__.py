"""`python -m app.runtime`: starts both servers, prints where they answer as JSON, serves until Ctrl-C or SIGTERM."""

import dataclasses
import json
import signal
import sys

from app.runtime import RuntimeStartError, running_servers
from app.settings import Settings


def main() -> int:
    """Serve."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with running_servers(Settings(), progress=_tell) as endpoints:
            sys.stdout.write(json.dumps(dataclasses.asdict(endpoints)) + "\n")
            sys.stdout.flush()
            while True:
                signal.pause()
    except KeyboardInterrupt:
        return 0
    except RuntimeStartError as error:
        _tell(f"error: {error}")
        return 1


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
