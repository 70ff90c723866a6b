"""A diagnosis as lines to read."""

from collections.abc import Iterator

from app.doctor.models import Diagnosis


def diagnosis_lines(diagnosis: Diagnosis) -> Iterator[str]:
    """One line a check, with what is wrong below it."""
    for checkup in diagnosis.checkups:
        faults = f"{checkup.count:,} fault{'' if checkup.count == 1 else 's'}" if checkup.count else "well"
        yield f"{checkup.rows:,} {checkup.what}: {faults}."
        yield from (f"  {problem}{'' if problem.endswith('.') else '.'}" for problem in checkup.problems)
        if checkup.count > len(checkup.problems) > 0:
            yield f"  … and {checkup.count - len(checkup.problems):,} more."
    if diagnosis.waiting:
        yield f"{diagnosis.waiting:,} facts are in no tally yet; banyan serve or banyan worker counts them."
    if diagnosis.torn:
        yield "Facts were written or counted meanwhile: run it again while nothing is written before you trust a fault."
