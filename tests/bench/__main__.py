"""`python -m tests.bench [PART …]`: how fast the service is, and what it costs, on this machine; all of it without a
part's name. Prints a table beside the figures that were kept, and keeps the new ones in figures.json beside this file.
Exits with 1 when a ratio or a count got worse by more than a fifth. Needs Debian's wrk.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Annotated, Final

import typer

from tests.bench import claims, figures, matching, million, pages, start, throughput, webhook

PARTS: Final[dict[str, Callable[[], dict[str, float]]]] = {
    "start": start.measured,
    "matching": matching.measured,
    "webhook": webhook.measured,
    "throughput": throughput.measured,
    "claims": claims.measured,
    "pages": pages.measured,
    "million": million.measured,
}


def main(parts: Annotated[list[str] | None, typer.Argument(help=", ".join(PARTS))] = None) -> None:
    found: dict[str, float] = {}
    for name in parts or PARTS:
        if name not in PARTS:
            raise typer.BadParameter(f"no part is called {name}; there are {', '.join(PARTS)}")
        began = time.monotonic()
        found |= PARTS[name]()
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    found = figures.with_ratios(found)
    got_worse = figures.show(found)
    figures.keep({**figures.kept(), **found} if parts else found)  # what was not measured stays
    raise typer.Exit(1 if got_worse else 0)


if __name__ == "__main__":
    typer.run(main)
