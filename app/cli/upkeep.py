"""Commands that look after what follows from facts: doctor, levels, matrix."""

import secrets
from typing import Annotated

import typer

from app.cli.house import Actor, Reason, in_house, progress, say
from app.doctor.places import rebuild_spots
from app.doctor.service import Doctor
from app.doctor.text import diagnosis_lines
from app.errors import InvalidInputError
from app.facts.commands import KeepMatrix, Submission
from app.facts.errors import NoMatrixError
from app.places.matrix import MOST_DEEP, MOST_WIDE
from app.places.repository import PlaceRepository
from app.volumes.models import MOST_LEVELS, TREES
from app.volumes.rebuild import LEASE_MS, TallyRebuild
from app.volumes.repository import levels_kept
from app.wiring import House, roll_up

commands = typer.Typer()


@commands.command()
def doctor(
    rebuild_tallies: Annotated[
        bool,
        typer.Option(
            "--rebuild-tallies", help="First make wrong tallies what facts and edges say, and count what waits."
        ),
    ] = False,
    rebuild_open_slots: Annotated[
        bool, typer.Option("--rebuild-open-slots", help="First make what people keep about open slots what edges say.")
    ] = False,
) -> None:
    """Check that the chain is whole, edges are what facts say, trees are forests, notes and tallies what edges say."""

    async def work(house: House) -> bool:
        if rebuild_tallies:
            report = await TallyRebuild(house.graph, roll_up(house, LEASE_MS)).run()
            wrong = sum(map(len, report.wrong.values()))
            say(f"Tallies rewritten: {wrong:,} of {report.tallies:,} (as of fact {report.seq:,}).")
        if rebuild_open_slots:
            say(f"Open slots rewritten of {await rebuild_spots(house.graph):,} people.")
        diagnosis = await Doctor(house.graph).examine(progress)
        for line in diagnosis_lines(diagnosis):
            say(line)
        return diagnosis.healthy

    if not in_house(work):
        raise typer.Exit(1)


@commands.command()
def levels(
    sponsor: Annotated[int | None, typer.Option(min=0, max=MOST_LEVELS, help="In the sponsor tree.")] = None,
    binary: Annotated[int | None, typer.Option(min=0, max=MOST_LEVELS, help="In the binary tree.")] = None,
    matrix: Annotated[int | None, typer.Option(min=0, max=MOST_LEVELS, help="In the matrix.")] = None,
) -> None:
    """To how many levels below each person volumes are kept; given another number, tallies are filled for it."""

    async def work(house: House) -> None:
        [cursor] = await house.graph.read("queries/volumes/read_cursor")
        kept = levels_kept(cursor)
        if matrix is not None and "matrix" not in kept:
            raise NoMatrixError("The company keeps no matrix; banyan matrix says how wide and deep it is.")
        given = dict(zip(TREES, (sponsor, binary, matrix), strict=True))
        wanted = {tree: depth if (said := given[tree]) is None else said for tree, depth in kept.items()}
        if wanted != kept:
            await TallyRebuild(house.graph, roll_up(house, LEASE_MS)).run(wanted)
        for tree, depth in wanted.items():
            say(f"{tree} tree: volumes are kept to {depth} levels.")

    in_house(work)


@commands.command()
def matrix(
    width: Annotated[int | None, typer.Option(min=1, max=MOST_WIDE, help="Slots below each person.")] = None,
    depth: Annotated[int | None, typer.Option(min=1, max=MOST_DEEP, help="Levels of a matrix.")] = None,
    actor: Actor = "cli",
    reason: Reason = "",
) -> None:
    """The matrix that the company keeps; given a width and a depth, it keeps that one from now on."""

    async def work(house: House) -> None:
        if width is not None and depth is not None:
            key = f"matrix {width} x {depth} {secrets.token_hex(8)}"
            await house.writer.submit(Submission(key, actor, reason, KeepMatrix(width, depth)))
        elif (width, depth) != (None, None):
            raise InvalidInputError("Give both --width and --depth, or neither to see what is kept.")
        kept = await PlaceRepository(house.graph).matrix()
        say("The company keeps no matrix." if kept is None else f"The matrix is {kept[0]} wide and {kept[1]} deep.")

    in_house(work)
