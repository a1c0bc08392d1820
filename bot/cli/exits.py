"""How a command ends that cannot do what was asked."""

from __future__ import annotations

from typing import Final, NoReturn

import typer

FAILED: Final = 1
WRONG_USE: Final = 2


def stop(reason: str, code: int) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(code)
