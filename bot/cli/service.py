"""Commands about the service itself: run it, try it in a terminal, find out why it does not run."""

from __future__ import annotations

import gc
from typing import Annotated, Final, Literal

import typer

from bot.cli import opened
from bot.cli.exits import FAILED, WRONG_USE, stop

ProcessRole = Literal["all", "web", "worker"]
ROLE_HELP: Final = "What this process does; web and worker apart need REDIS_URL."


def serve(
    role: Annotated[ProcessRole, typer.Option(help=ROLE_HELP)] = "all",
) -> None:
    """Run the service: webhook, workers, dashboard.

    Without REDIS_URL it starts its own Valkey in DATA_DIR; without ZALO_APP_ID it runs against the sandbox, a simulated
    Zalo with a chat page under /sandbox. Ctrl-C finishes what is in hand and stops everything.
    """
    gc.disable()  # until it serves: a tenth of the start would go into looking for garbage among what stays
    import uvloop
    from redis.exceptions import RedisError

    from bot.app import serve as run
    from bot.language.toml_file import KnowledgeError
    from bot.logs import configure_logs
    from bot.store.embedded import EmbeddedError
    from bot.store.fitness import UnfitStore

    given = opened.settings()
    if role != "all" and given.embedded:
        stop(f"--role {role} needs REDIS_URL: the embedded Valkey serves one process", WRONG_USE)
    configure_logs(given.log_format, given.log_level)
    try:
        uvloop.run(run(given, role))
    except (EmbeddedError, KnowledgeError, UnfitStore) as error:
        stop(str(error), WRONG_USE)
    except RedisError as error:
        stop(f"REDIS_URL: {error}", FAILED)
    except OSError as error:
        stop(str(error), WRONG_USE)


def chat() -> None:
    """The group in a terminal: type as an official, a technician or a supervisor, and read what the bot says.

    Everything real runs behind it: a Valkey of its own in a temporary folder, the webhook, the workers, the sandbox.
    A line is sent to the group; `/la NAME` changes who you are, `/rieng` goes to the private chat with the bot and
    back, `/trich TEXT` quotes the newest message that holds TEXT with your next line, Ctrl-D ends.
    """
    import uvloop

    from bot.chat import run
    from bot.logs import configure_logs

    configure_logs("console", "error")
    uvloop.run(run(opened.settings().cache_dir))


def doctor() -> None:
    """Look at settings, knowledge, disk, Redis, clock and Zalo's token, and say what to do where something is wrong."""
    import asyncio

    from bot.cli.tables import print_diagnoses
    from bot.doctor import examine

    found = asyncio.run(examine(opened.settings()))
    print_diagnoses(found)
    if any(each.state == "wrong" for each in found):
        raise typer.Exit(FAILED)
