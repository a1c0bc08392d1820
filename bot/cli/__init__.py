"""The command line. Exit codes: 0 it worked, 1 it found something wrong or failed, 2 wrong use or wrong settings.

Imports stand inside the commands, so that `--help` is there at once.
"""

from __future__ import annotations

import typer

from bot.cli import dead_letters, knowledge, people, service, store

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Support-group bot on a Zalo Official Account. Settings come from the environment; see the README.",
)
for command in (
    service.serve,
    knowledge.check,
    knowledge.evaluate,
    knowledge.explain,
    service.chat,
    dead_letters.dead_letters,
    service.doctor,
    people.export_person,
    people.erase_person,
    store.backup,
    knowledge.export_knowledge,
    store.simulate,
    store.restore,
):
    app.command()(command)
