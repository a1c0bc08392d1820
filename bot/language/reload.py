"""Knowledge that follows its files: an edit goes live by itself, a broken edit is refused and the old one stays."""

from __future__ import annotations

from pathlib import Path

from bot.language.knowledge import Knowledge, load_knowledge
from bot.language.shelf import Shelf
from bot.language.toml_file import Finding, KnowledgeError

Stamp = tuple[tuple[str, int, int], ...]


class LiveKnowledge:
    """Raises KnowledgeError when the files do not hold at the start."""

    def __init__(self, intents_dir: Path, responses_dir: Path, shelf: Shelf) -> None:
        self._dirs = (intents_dir, responses_dir)
        self._shelf = shelf
        self._stamp = self._look()
        self.matcher = shelf.matcher(load_knowledge(*self._dirs))

    @property
    def knowledge(self) -> Knowledge:
        return self.matcher.knowledge

    def refresh(self) -> tuple[Finding, ...] | None:
        """None when nothing changed; else the findings against the edit, none when it is live now."""
        stamp = self._look()
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        try:
            self.matcher = self._shelf.matcher(load_knowledge(*self._dirs))
        except KnowledgeError as error:
            return error.findings
        return ()

    def _look(self) -> Stamp:
        """Names, sizes and times of all files."""
        paths = (path for folder in self._dirs for path in folder.rglob("*") if path.suffix in {".toml", ".md"})
        return tuple(sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths))
