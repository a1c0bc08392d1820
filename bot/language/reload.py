"""Knowledge that follows its files, and what people taught over them: a change goes live by itself, a broken edit is
refused and the old knowledge stays."""

from __future__ import annotations

from pathlib import Path

from bot.language.knowledge import Knowledge, load_knowledge
from bot.language.matcher import Matcher
from bot.language.shelf import Shelf
from bot.language.teaching import NOTHING, Taught, with_examples
from bot.language.toml_file import Finding, KnowledgeError

Stamp = tuple[tuple[str, int, int], ...]


class LiveKnowledge:
    """Raises KnowledgeError when the files do not hold at the start."""

    def __init__(self, intents_dir: Path, responses_dir: Path, shelf: Shelf) -> None:
        self._dirs = (intents_dir, responses_dir)
        self._shelf = shelf
        self._stamp = self._look()
        self._taught = NOTHING
        self._files = load_knowledge(*self._dirs)
        self.matcher: Matcher = shelf.matcher(self._files, is_urgent=True)

    @property
    def knowledge(self) -> Knowledge:
        return self.matcher.knowledge

    def refresh(self, taught: Taught = NOTHING) -> tuple[Finding, ...] | None:
        """None when nothing changed; else the findings against the edit, none when it is live now."""
        stamp = self._look()
        if stamp == self._stamp and taught == self._taught:
            return None
        anew = stamp != self._stamp or taught.errors != self._taught.errors
        self._stamp, self._taught = stamp, taught
        try:
            if anew:
                self._files = load_knowledge(*self._dirs, taught.errors)
        except KnowledgeError as error:
            return error.findings
        self.matcher = self._shelf.matcher(with_examples(self._files, taught.examples))
        return ()

    def imagined(self, taught: Taught) -> Matcher:
        """What the bot would be with this. Takes some seconds. Raises KnowledgeError."""
        same = taught.errors == self._taught.errors
        files = self._files if same else load_knowledge(*self._dirs, taught.errors)
        return self._shelf.matcher(with_examples(files, taught.examples), is_urgent=True)

    def _look(self) -> Stamp:
        """Names, sizes and times of all files."""
        paths = (path for folder in self._dirs for path in folder.rglob("*") if path.suffix in {".toml", ".md"})
        return tuple(sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths))
