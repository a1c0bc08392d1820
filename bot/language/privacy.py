"""Masks what identifies a citizen: ID numbers, phone numbers, the security code of a dossier.

Runs in the webhook on every message before anything is stored or logged, so it is fast when there is nothing to mask.
Dossier codes, dates, sums of money and `[@id]` mentions are left as they are; masking twice changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final

import tomli

from bot.language.codes import CODE

_WORDS: Final = tomli.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _any_of(words: list[str]) -> str:
    spellings = {unicodedata.normalize(form, word) for word in words for form in ("NFC", "NFD")}
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in sorted(spellings, key=len, reverse=True))


_GAP: Final = r"[ .\-\u2010-\u2015\u00a0]{0,2}"
_SECRET_LEAD: Final = rf"(?<!\w)(?:{_any_of(_WORDS['secret_words'])})"
_LINK: Final = rf"(?:\s+(?:{_any_of(_WORDS['secret_links'])}))?"
_KEEP: Final = (
    rf"\[@[^\]]*\]|{CODE.pattern.replace('?P<unit>', '?:').replace('?P<day>', '?:').replace('?P<serial>', '?:')}"
)
_BREAK: Final = r"[\s:=\-()\"'\u201c,]+"
_TIME: Final = r"\d{1,2}(?:h|g)\d{0,2}\b"
_DATE: Final = r"(?<!\d)(?:[0-3]?\d[./-][01]?\d[./-](?:19|20)\d\d|(?:19|20)\d\d[./-][01]?\d[./-][0-3]?\d)(?!\d)"
_MASKED: Final = re.compile(
    rf"(?P<keep>{_KEEP}|{_DATE})"
    rf"|(?P<secret_lead>{_SECRET_LEAD}{_LINK}\s*[:=\-]?\s*)(?P<secret>(?=[a-z]*\d)[a-z0-9]{{4,16}}\b)"
    rf"|(?P<secret_lead2>{_SECRET_LEAD}{_LINK}\s*[:=]\s*)(?P<secret2>[a-z0-9]{{4,16}}\b)"
    rf"|(?P<secret_lead3>{_SECRET_LEAD}(?:{_BREAK}(?:{_KEEP}|[^\W\d_]+)){{0,6}}?{_BREAK})"
    rf"(?P<secret3>(?=[a-z]*\d)(?!{_TIME})[a-z0-9]{{5,16}}(?!\w|[./\-]\d))"
    rf"|(?P<number_lead>(?:{_any_of(_WORDS['identity_words'])})(?:\s+[^\W\d]+){{0,3}}\s*[:=.\-]?\s*)"
    rf"(?P<number>(?=(?:\d{_GAP}){{9}}(?:(?:{_GAP}\d){{3}})?(?!\d))\d{{3,}}(?:{_GAP}\d{{3,}}){{0,3}})(?!\d)"
    rf"|(?<![\d.,])(?P<identity>\d{{12}}|0\d{{2}}{_GAP}\d{{3}}{_GAP}\d{{3}}{_GAP}\d{{3}}"
    rf"|0\d{{3}}{_GAP}\d{{4}}{_GAP}\d{{4}})(?!\d|[.,]\d)"
    rf"|(?:(?<![\d,@])|(?<=\d{{9}},)|(?<=\D,))(?P<phone>\(?(?:(?:(?:\+|00){_GAP})?84{_GAP}\)?{_GAP}(?:0|\(0\))?{_GAP}|0)"
    rf"(?:[35789](?:{_GAP}\d){{8}}|2(?:{_GAP}\d){{1,3}}\){_GAP}\d(?:{_GAP}\d){{5,7}}|2(?:{_GAP}\d){{8,9}}))(?!\d)",
    re.IGNORECASE,
)
_WORTH_A_LOOK: Final = re.compile(rf"\d(?:[ .\-\u2010-\u2015\u00a0()]{{0,3}}\d){{8}}|{_SECRET_LEAD}", re.IGNORECASE)


def _replace(match: re.Match[str]) -> str:
    if match["keep"]:
        return match[0]
    lead = match["secret_lead"] or match["secret_lead2"] or match["secret_lead3"]
    if lead:
        return str(lead) + str(_WORDS["secret"])
    if match["number"]:
        return match["number_lead"] + str(_WORDS["identity"])
    return str(_WORDS["identity"] if match["identity"] else _WORDS["phone"])


def mask(text: str) -> str:
    """The text with every citizen's number replaced by a neutral word in square brackets."""
    if _WORTH_A_LOOK.search(text) is None:
        return text
    return _MASKED.sub(_replace, text)
