"""Keeps on disk what the examples taught, so that only the first start with some knowledge has to learn it."""

from __future__ import annotations

import fcntl
import hashlib
import multiprocessing
import os
import signal
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import numpy as np

from bot.language.evidence import Reader
from bot.language.features import Features
from bot.language.knowledge import Knowledge
from bot.language.learning import Learnt
from bot.language.lessons import at_once, begin, learn_from
from bot.language.matcher import Matcher

MOST_KEPT: Final = 8
NICE: Final = 5


class Shelf:
    """A folder of files named by what they were learnt from: knowledge and code. Any of them may be thrown away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def matcher(self, knowledge: Knowledge, *, is_urgent: bool = False) -> Matcher:
        """What nobody waits for is not urgent: messages come first."""
        nice = 0 if is_urgent else NICE
        return Matcher(knowledge, lambda reader: self._learnt(knowledge, reader, nice))

    def _learnt(self, knowledge: Knowledge, reader: Reader, nice: int) -> Learnt:
        path = self._folder / f"learnt-{_digest(knowledge)}.npz"
        learnt = _read(path)
        if learnt is None:
            with self._alone(path):
                learnt = _read(path)
                if learnt is None:
                    learnt = _learn_apart(knowledge, reader, nice)
                    self._write(path, learnt)
        return learnt

    @contextmanager
    def _alone(self, path: Path) -> Iterator[None]:
        """Of processes that start at once, one learns and the others take what it has learnt. Each knowledge has a lock
        of its own: who waits for a trial must not wait for what is learnt in the background."""
        with ExitStack() as stack:
            with suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True)
                fcntl.flock(stack.enter_context(path.with_suffix(".lock").open("w")), fcntl.LOCK_EX)
            yield

    def _write(self, path: Path, learnt: Learnt) -> None:
        """Whole or not at all; a folder that cannot be written means that the next start learns anew."""
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".tmp", delete=False) as file:
                np.savez(
                    file,
                    labels=np.array(learnt.labels),
                    words=np.array(learnt.features.words),
                    concepts=np.array(learnt.features.concepts),
                    keys=learnt.features.keys,
                    inward=learnt.inward,
                    bias=learnt.bias,
                    outward=learnt.outward,
                )
            Path(file.name).replace(path)
        except OSError:
            return
        for old in sorted(self._folder.glob("learnt-*.npz"), key=lambda each: each.stat().st_mtime)[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
            old.with_suffix(".lock").unlink(missing_ok=True)


def _learn_apart(knowledge: Knowledge, reader: Reader, nice: int) -> Learnt:
    """In a process of its own: it takes seconds and twice the memory, and messages go on meanwhile. A copy of this one
    begins at once, and a new one has to be told all of the knowledge; but threads do not survive a copy."""
    if threading.active_count() == 1:
        [learnt] = at_once(lambda _: _learn(knowledge, reader, nice), [0])
        return learnt
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), begin) as pool:
        return pool.submit(_learn_anew, knowledge, nice).result()


def _learn_anew(knowledge: Knowledge, nice: int) -> Learnt:
    return _learn(knowledge, Reader(knowledge), nice)


def _learn(knowledge: Knowledge, reader: Reader, nice: int) -> Learnt:
    os.nice(nice)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return learn_from(knowledge, reader, at_once)


def _read(path: Path) -> Learnt | None:
    with suppress(OSError):
        os.utime(path)  # what is in use is the last to be thrown away
    try:
        with np.load(path, allow_pickle=False) as kept:
            features = Features(kept["words"].tolist(), kept["concepts"].tolist(), kept["keys"])
            labels = tuple(kept["labels"].tolist())
            return Learnt(labels, features, kept["inward"], kept["bias"], kept["outward"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _digest(knowledge: Knowledge) -> str:
    digest = hashlib.sha256(knowledge.lessons.encode())
    for label, text in knowledge.labelled_examples():
        digest.update(f"{label}\n{text}\n".encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]
