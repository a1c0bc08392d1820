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


_Begun = tuple[list[tuple[int, str]], dict[str, list[_Node]]]
"""What one word says, and the nodes that it leads to, by the letters of the words that may come next."""


_NOTHING_BEGUN: Final[_Begun] = ([], {})
"""One for all words that say nothing by themselves: most words of ordinary talk do not."""


class Tree:
    """Ways of saying things, each a sequence of known words. A typed word may stand for several of them: 'ky' for 'ký'
    and for 'kỳ'."""

    def __init__(self, kinds: int) -> None:
        self._kinds = kinds
        self._root = _Node()
        self._spelled: dict[str, list[Word]] = {}
        self._meant = Remembered(self._known_words)
        self._begun = Remembered(self._first_nodes)

    def add(self, way: Sequence[Word], kind: int, what: str) -> None:
        """All ways are added before the first text is read. An empty way is never found."""
        node = self._root
        for word in way:
            spelled = self._spelled.setdefault(word.plain, [])
            if word not in spelled:
                spelled.append(word)
            node = node.children.setdefault(word, _Node())
        if (kind, what) not in node.said:
            node.said.append((kind, what))

    def hits(self, text: Iterable[Sequence[Word]]) -> list[list[Hit]]:
        """Everything of each kind that the sentences of a text say, in the order of the words."""
        begun, meant = self._begun, self._meant
        found: list[list[Hit]] = [[] for _ in range(self._kinds)]
        before = 0
        for words in text:
            last = len(words) - 1
            for at, word in enumerate(words):
                said, going_on = begun[word]
                start = before + at
                for kind, what in said:
                    found[kind].append((what, start, start + 1))
                # nearly all ways end here, as the next word belongs to none of them
                if at == last or words[at + 1][0] not in going_on:
                    continue
                nodes: Sequence[_Node] = going_on[words[at + 1][0]]
                end = at + 1
                while nodes and end <= last:
                    known = meant[words[end]]
                    nodes = [child for node in nodes for each in known if (child := node.children.get(each))]
                    end += 1
                    for node in nodes:
                        for kind, what in node.said:
                            found[kind].append((what, start, before + end))
            before += len(words)
        return found

    def _known_words(self, typed: Word) -> tuple[Word, ...]:
        return tuple(known for known in self._spelled.get(typed.plain, ()) if typed == known or typed.meets(known))

    def _first_nodes(self, typed: Word) -> _Begun:
        said: list[tuple[int, str]] = []
        going_on: dict[str, list[_Node]] = {}
        for known in self._meant[typed]:
            if node := self._root.children.get(known):
                said += node.said
                for plain in {word.plain for word in node.children}:
                    going_on.setdefault(plain, []).append(node)
        return (said, going_on) if said or going_on else _NOTHING_BEGUN
