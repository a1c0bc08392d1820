"""Several questions to the store in one round trip."""

from __future__ import annotations

from typing import Any

from bot.store.connection import Client


class Round:
    """Collects questions by name; `answers` asks them all at once."""

    def __init__(self, client: Client) -> None:
        self._pipe: Any = client.pipeline(transaction=False)
        self._names: list[str] = []

    def ask(self, name: str) -> Any:
        """The pipeline, on which the caller calls the one command that answers `name`."""
        self._names.append(name)
        return self._pipe

    async def answers(self) -> dict[str, Any]:
        return dict(zip(self._names, await self._pipe.execute(), strict=True))
