"""The tables of docs/import-format.md on generated companies hold what the generator makes."""

import re
from pathlib import Path

import numpy as np
import pytest

from app.generator import Company, CompanySpec, Shape, generate
from app.generator.models import REGIONS, SUSPENDED, TERMINATED, Ints
from app.generator.months import SEASON

TEXT = (Path(__file__).parents[3] / "docs" / "import-format.md").read_text()


def rows(*head: str) -> list[list[str]]:
    """The cells of the table with these columns."""
    _, found, below = TEXT.partition(f"| {' | '.join(head)} |\n")
    assert found, head
    return [line.strip("| ").split(" | ") for line in below.split("\n\n")[0].splitlines()[1:]]


def depth(up: Ints) -> int:
    """Levels below the top; whoever waits is on none."""
    levels = [0]
    for above in up[1:].tolist():
        levels.append(levels[above] + 1 if above >= 0 else 0)
    return max(levels)


@pytest.fixture(scope="module")
def companies() -> dict[str, Company]:
    return {shape.value: generate(CompanySpec(10_000, 7, shape=shape)) for shape in Shape}


def test_levels_and_spillover_of_each_shape(companies: dict[str, Company]) -> None:
    said = rows("Shape", "Levels of sponsors", "Levels of places", "Placed below another than the sponsor")
    counted = [
        [f"`{name}`", str(depth(made.sponsor)), str(depth(made.parent)), f"{100 * made.spillover_share:.0f} %"]
        for name, made in companies.items()
    ]
    assert said == counted


def test_who_is_gone_or_waits(companies: dict[str, Company]) -> None:
    made = companies[Shape.CHURNED]
    gone, away = (100 * np.mean(made.status == status) for status in (TERMINATED, SUSPENDED))
    text = " ".join(TEXT.split())
    assert f"ten percent wait for a place [{100 * np.mean(made.parent[1:] < 0):.0f} %]" in text
    assert f"[{gone:.0f} % terminated, {away:.0f} % suspended]" in text
    waiting = {name for name, made in companies.items() if (made.parent[1:] < 0).any()}
    [nobody_waits] = re.findall(r"^In (`.*) nobody waits", TEXT, re.MULTILINE)
    assert waiting == companies.keys() - set(re.findall(r"`(\S+)`", nobody_waits))


def test_regions_and_seasons() -> None:
    assert rows("Region", "Zone") == [[region.name, region.zone] for region in REGIONS]
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    assert rows(*names) == [[f"{factor:.2f}" for factor in SEASON]]
