"""Where `banyan` begins: what has to be said before the first import, then the command line."""

import os

SMALL_PAGES = {"NUMPY_MADVISE_HUGEPAGE": "0"}
"""numpy asks for huge pages, and each run touches its columns for the first time. Where the machine is a guest whose
free memory goes back to its host, a huge page has to come from there again, which may take the kernel as long as the
run takes the engine; small ones stay with the guest. numpy looks once, as it is imported."""


def main() -> None:
    """Run a command. Whoever sets these variables knows better."""
    for name, value in SMALL_PAGES.items():
        os.environ.setdefault(name, value)
    from app.cli import main as run  # noqa: PLC0415

    run()
