"""Commands about the store as a whole: copies of it, and simulated data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import opened
from bot.cli.exits import FAILED, stop
from bot.places import INTENTS, RESPONSES


def backup(file: Annotated[Path, typer.Argument(help="Where to write it.")]) -> None:
    """Write all that is stored into one file, while the service runs or not. Keep it as safe as the store itself."""
    from bot.store.backup import back_up

    count = opened.in_store(lambda client, keys: back_up(client, keys, file))
    typer.echo(f"{file}: {count} keys")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that 'backup' wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Remove what is stored first.")] = False,
) -> None:
    """Put a backup into an empty store, on any Redis or Valkey. The service must be stopped."""
    from bot.store.backup import BackupError
    from bot.store.backup import restore as put_back

    try:
        count = opened.in_store(lambda client, keys: put_back(client, keys, file, replace=replace), any_schema=True)
    except BackupError as error:
        stop(str(error), FAILED)
    typer.echo(f"{count} keys restored")


def simulate(
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Up to today.")] = 365,
    messages: Annotated[int, typer.Option("--messages", min=1, help="In all.")] = 500_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed on the same day makes the same data.")] = 1,
    force: Annotated[bool, typer.Option("--force", help="Add to a store that is not empty.")] = False,
) -> None:
    """Fill the store with simulated complaints, tickets and figures, for demos and benches."""
    from datetime import datetime

    from rich.progress import Progress

    from bot.sandbox import SANDBOX_TECHNICIANS
    from bot.simulate import NotEmpty, Simulation, days_until
    from bot.simulate import simulate as fill

    knowledge, zone = opened.knowledge(INTENTS, RESPONSES), opened.settings().zone
    now = datetime.now(zone)
    made = Simulation(knowledge, tuple(SANDBOX_TECHNICIANS), zone, seed=seed, now_ms=int(now.timestamp() * 1000))
    dates = days_until(now.date(), days)
    try:
        with Progress(transient=True, disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task("Simulating", total=days)
            tickets = opened.in_store(
                lambda client, keys: fill(
                    client, keys, made, zone, dates, messages, force, lambda: progress.advance(task)
                )
            )
    except NotEmpty as error:
        stop(str(error), FAILED)
    typer.echo(f"{days} days, {messages} messages, {tickets} tickets")
