"""Runs commands without loading the program anew each time: one process loads it, and each command is a fork of it.

Reads a JSON line [arguments, file for what it prints], and answers with a line: the exit status.
"""

import json
import os
import sys

from app.cli import main


def run(arguments: list[str], output: str) -> None:
    """One command, in a process of its own."""
    with open(output, "w") as file:  # noqa: PTH123  (the descriptor is what matters)
        os.dup2(file.fileno(), 1)
    sys.argv = ["banyan", *arguments]
    main()


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        run(*json.loads(line))
        sys.exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
