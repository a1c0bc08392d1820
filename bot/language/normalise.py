"""Makes one plain form out of the many ways in which the same words are typed; used by patterns and messages alike.

First step of understanding. A text becomes words in lower case, each with its letters without marks ('plain') and its
marks ('tone' and 'hats') kept apart, so that 'ký', 'ky' and 'Kí' can meet while 'kỳ' stays another word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import zip_longest
from typing import Final, NamedTuple

from bot.language.codes import CODE, plain, within

LONGEST: Final = 1500
"""Characters of a message that are read for its meaning; nobody describes an error in more."""

CODE_WORD: Final = "{code}"
NATIONAL_CODE_WORD: Final = "{national-code}"
"""A dossier 'G22…' comes from the national interlinked software, not from the province's."""
CODE_WORDS: Final = frozenset((CODE_WORD, NATIONAL_CODE_WORD))

_MENTION: Final = re.compile(r"\[\s?@[^\]]{0,40}\]")
_LINK: Final = re.compile(r"(?:https?://|www\.)\S{1,300}")
_STICKER: Final = re.compile(r"\[[^\]]{1,20}\]")
_SENTENCE_END: Final = re.compile(r"[!?;\n…]|\.(?:\.|\s|$)")
_TOKEN: Final = re.compile(r"[^\W_]+|\{(?:national-)?code\}")
_RUN: Final = re.compile(r"([^\W\d])\1{2,}")
_GRAVE, _ACUTE, _TILDE, _HOOK, _DOT = "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"
_TONES: Final = {_GRAVE: "f", _ACUTE: "s", _TILDE: "r", _HOOK: "r", _DOT: "j"}
"""Hỏi and ngã sound alike in the South and are often mixed up in writing: one tone here."""
BARE: Final = "0"
"""The tone of a word that surely has no marks, because the writer uses them elsewhere."""
_HATS: Final = {"\u0302": "^", "\u0306": "u", "\u031b": "+"}


def _letters() -> dict[int, str]:
    table: dict[int, str] = {ord("đ"): "d", ord("Đ"): "d"}
    for point in [*range(0xC0, 0x250), *range(0x1EA0, 0x1EFA)]:
        base = unicodedata.normalize("NFD", chr(point))[0].lower()
        if base.isascii():
            table.setdefault(point, base)
    return table


_FOLD: Final = _letters()


def fold(text: str) -> str:
    """Lower case without marks: 'Ký số' → 'ky so'. Expects precomposed letters."""
    return text.lower().translate(_FOLD)


class Word(NamedTuple):
    plain: str
    tone: str = ""
    hats: str = ""
    """One sign a letter that carries a hat or a bar, at its place; '' when none does."""

    def meets(self, other: Word) -> bool:
        """Whether this typed word may stand for that known one: marks may be missing, but not be others."""
        if self.tone == BARE:
            return not other.marked or other.tone == BARE
        if self.tone and self.tone != other.tone:
            return False
        if not self.hats or self.hats == other.hats:
            return True
        return all(mine in (theirs, ".") for mine, theirs in zip_longest(self.hats, other.hats, fillvalue="."))

    @property
    def marked(self) -> bool:
        return bool(self.tone or self.hats)


@lru_cache(maxsize=5_000)
def word(text: str) -> Word:
    """The word for one token in lower case."""
    folded = fold(text)
    if folded == text:
        return Word(text)
    tone, hats = "", ""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        hat = "d" if letter == "đ" else "."
        for mark in parts[1:]:
            tone = _TONES.get(mark, tone)
            hat = _HATS.get(mark, hat)
        hats += hat
    return Word(folded, tone, hats if hats.strip(".") else "")


def _code_word(code: re.Match[str]) -> str:
    return f" {NATIONAL_CODE_WORD} " if code["unit"][0] == "g" else f" {CODE_WORD} "


def clip(text: str) -> str:
    """The part of a message that is read for its meaning."""
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST]


def cleaned(text: str) -> str:
    """What is read of a text, in lower case. Dossier codes become one word, links and mentions go."""
    text = plain(clip(text)).lower()
    if "[" in text:
        text = _STICKER.sub(" ", _MENTION.sub(" ", text))
    if "-" in text:
        start, end = within(text)
        text = text[:start] + CODE.sub(_code_word, text[start:end]) + text[end:]
    if "www." in text or "://" in text:
        text = _LINK.sub(" ", text)
    return text


def parts(cleaned_text: str) -> list[list[str]]:
    """The tokens of each sentence, as written; none where two ends of sentences meet."""
    return [_TOKEN.findall(part) for part in _SENTENCE_END.split(cleaned_text)]


def sentences(text: str) -> list[list[str]]:
    """The tokens of a text in lower case, as written."""
    return [tokens for tokens in parts(cleaned(text)) if tokens]


def without_runs(token: str) -> str:
    """'đượcccc' → 'được': letters are drawn out for emphasis."""
    return _RUN.sub(r"\1", token)
