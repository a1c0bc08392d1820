"""A tree of the ways in which things are said: looking them up costs the same for ten or for ten thousand of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from bot.language.normalise import Word

MOST_REMEMBERED: Final = 10_000
"""Each takes some hundred bytes; forgetting them all costs a few milliseconds, spread over the next messages."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Remembered(dict[Asked, Answer]):
    """Works out an answer when it is first asked for: people use few words, most of them again and again."""

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[Asked], Answer]) -> None:
        self._work_out = work_out

    def __missing__(self, asked: Asked) -> Answer:
        if len(self) > MOST_REMEMBERED:
            self.clear()
        answer = self[asked] = self._work_out(asked)
        return answer


Hit = tuple[str, int, int]
"""A thing said in a text, from which word up to which. No class: dozens are made a message."""


@dataclass(slots=True)
class _Node:
    children: dict[Word, _Node] = field(default_factory=dict)
    said: list[tuple[int, str]] = field(default_factory=list)
    """What is said by the way that ends here, and of which kind it is."""


_NO_WORDS: Final[frozenset[str]] = frozenset()


class _State(dict[Word, "_State"]):
    """Typed word → the state after it. A state is several nodes where typed words may stand for several known ones.
    There are thousands of them: each is kept smaller than what `Remembered` would be."""

    __slots__ = ("_meant", "_nodes", "next_plain", "said")

    def __init__(self, nodes: Sequence[_Node], meant: Callable[[Word], Sequence[Word]]) -> None:
        self._nodes = nodes
        self._meant = meant
        self.said = tuple([said for node in nodes for said in node.said])
        self.next_plain = frozenset([known.plain for node in nodes for known in node.children]) or _NO_WORDS
        """The letters of the words that lead on."""

    def __missing__(self, typed: Word) -> _State:
        if len(self) > MOST_REMEMBERED:
            self.clear()
        known = self._meant(typed)
        nodes = tuple([child for node in self._nodes for each in known if (child := node.children.get(each))])
        state = self[typed] = _State(nodes, self._meant) if nodes else _NOWHERE
        return state


def _nothing(_typed: Word) -> Sequence[Word]:
    return ()


_NOWHERE: Final = _State((), _nothing)
"""One for all words that say nothing: most words of ordinary talk do not."""


class Tree:
    """Ways of saying things, each a sequence of known words. A typed word may stand for several of them: 'ky' for 'ký'
    and for 'kỳ'."""

    def __init__(self, kinds: int) -> None:
        self._kinds = kinds
        self._root = _Node()
        self.spelled: dict[str, list[Word]] = {}
        """Letters → the known words that are written with them."""
        self._begin = _State((self._root,), self._known_words)

    def add(self, way: Sequence[Word], kind: int, what: str) -> None:
        """All ways are added before the first text is read. An empty way is never found."""
        node = self._root
        for word in way:
            child = node.children.get(word)
            if child is None:
                child = node.children[word] = _Node()
                spelled = self.spelled.setdefault(word.plain, [])
                if word not in spelled:
                    spelled.append(word)
            node = child
        if (kind, what) not in node.said:
            node.said.append((kind, what))

    def hits(self, text: Iterable[Sequence[Word]]) -> list[list[Hit]]:
        """Everything of each kind that the sentences of a text say, in the order of the words."""
        begin = self._begin
        found: list[list[Hit]] = [[] for _ in range(self._kinds)]
        before = 0
        for words in text:
            length = len(words)
            for at, word in enumerate(words, 1):
                state, end, start = begin[word], at, before + at - 1
                while state is not _NOWHERE:
                    for kind, what in state.said:
                        found[kind].append((what, start, before + end))
                    if end == length or words[end][0] not in state.next_plain:
                        break
                    state = state[words[end]]
                    end += 1
            before += length
        return found

    def _known_words(self, typed: Word) -> tuple[Word, ...]:
        return tuple([known for known in self.spelled.get(typed.plain, ()) if typed == known or typed.meets(known)])
