"""Masks what identifies a citizen: ID numbers, phone numbers, the security code of a dossier.

Runs in the webhook on every message before anything is stored or logged, so it is fast when there is nothing to mask.
Dossier codes, dates, sums of money and `[@id]` mentions are left as they are; masking twice changes nothing.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Final

from bot.language.codes import CODE

_WORDS: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _any_of(words: list[str]) -> str:
    spellings = {unicodedata.normalize(form, word) for word in words for form in ("NFC", "NFD")}
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(spellings, key=len, reverse=True))


_GAP: Final = r"[ .\-\u2010-\u2015\u00a0]{0,2}"
_SECRET_LEAD: Final = rf"(?:{_any_of(_WORDS['secret_words'])})"
_LINK: Final = rf"(?:\s+(?:{_any_of(_WORDS['secret_links'])}))?"
_KEEP: Final = (
    rf"\[@[^\]]*\]|{CODE.pattern.replace('?P<unit>', '?:').replace('?P<day>', '?:').replace('?P<serial>', '?:')}"
)
_DATE: Final = r"(?<!\d)(?:[0-3]?\d[./-][01]?\d[./-](?:19|20)\d\d|(?:19|20)\d\d[./-][01]?\d[./-][0-3]?\d)(?!\d)"
_MASKED: Final = re.compile(
    rf"(?P<keep>{_KEEP}|{_DATE})"
    rf"|(?P<secret_lead>{_SECRET_LEAD}{_LINK}\s*[:=\-]?\s*)(?P<secret>(?=[a-z]*\d)[a-z0-9]{{4,16}}\b)"
    rf"|(?P<secret_lead2>{_SECRET_LEAD}{_LINK}\s*[:=]\s*)(?P<secret2>[a-z0-9]{{4,16}}\b)"
    rf"|(?P<number_lead>(?:{_any_of(_WORDS['identity_words'])})(?:\s+[^\W\d]+){{0,3}}\s*[:=.\-]?\s*)"
    rf"(?P<number>\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}(?:{_GAP}\d{{3}})?)(?!\d)"
    rf"|(?<![\d.,])(?P<identity>\d{{12}}|0\d{{2}}{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}})(?!\d|[.,]\d)"
    rf"|(?<![\d,@])(?P<phone>\(?(?:(?:(?:\+|00){_GAP})?84{_GAP}\)?{_GAP}0?|0)"
    rf"(?:[35789](?:{_GAP}\d){{8}}|2(?:{_GAP}\d){{1,3}}\){_GAP}\d(?:{_GAP}\d){{5,7}}|2(?:{_GAP}\d){{8,9}}))(?!\d)",
    re.IGNORECASE,
)
_WORTH_A_LOOK: Final = re.compile(rf"\d(?:[ .\-\u2010-\u2015\u00a0()]{{0,3}}\d){{8}}|{_SECRET_LEAD}", re.IGNORECASE)


def _replace(match: re.Match[str]) -> str:
    if match["keep"]:
        return match[0]
    if match["secret"] or match["secret2"]:
        return (match["secret_lead"] or match["secret_lead2"]) + str(_WORDS["secret"])
    if match["number"]:
        return match["number_lead"] + str(_WORDS["identity"])
    return str(_WORDS["identity"] if match["identity"] else _WORDS["phone"])


def mask(text: str) -> str:
    """The text with every citizen's number replaced by a neutral word in square brackets."""
    if _WORTH_A_LOOK.search(text) is None:
        return text
    return _MASKED.sub(_replace, text)
