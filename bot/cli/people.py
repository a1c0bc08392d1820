"""Commands for a person's own request about their data."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from bot.cli import opened
from bot.cli.exits import FAILED, stop

Person = Annotated[str, typer.Argument(metavar="ID", help="A person's Zalo user id; /toi tells it.")]


def export_person(person: Person) -> None:
    """Print all that is stored about a person, as JSON: for the person's own request."""
    from bot.model import PersonId
    from bot.store.personal import read_personal

    found = opened.in_store(lambda client, keys: read_personal(client, keys, PersonId(person)))
    sys.stdout.write(json.dumps(found.as_json(), ensure_ascii=False, indent=2, default=list) + "\n")
    if not found.known:
        stop(f"nothing is stored about {person}", FAILED)


def erase_person(person: Person) -> None:
    """Remove all that is stored about a person. Tickets stay in anonymous form, and so do the figures."""
    from bot.model import PersonId
    from bot.store.erase import StillOnStaff, erase

    try:
        found = opened.in_store(lambda client, keys: erase(client, keys, PersonId(person)))
    except StillOnStaff as error:
        stop(f"{error}: first give the tickets back and send '/vaitro … canbo'", FAILED)
    if not found.known:
        stop(f"nothing is stored about {person}", FAILED)
    typer.echo(f"erased {person}: {len(found.complaints)} complaints; {len(found.tickets)} tickets are anonymous now")
