"""The commands of the chat: one table that parses them, says who may use them, and makes the help.

Diacritics, case and the number sign do not matter: `/nhận #12`, `/nhan 12` and `/claim 12` are one. A quoted message
about a ticket stands for its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from bot.dialogue import duty, incidents, lists, pages, review, staff, supervisor
from bot.dialogue.call import Call
from bot.dialogue.voice import shortened
from bot.language.normalise import fold
from bot.model import Message, PersonId, Role

Needs = Literal["nothing", "ticket", "ticket and words", "two tickets", "person", "words"]

LONGEST_NAME: Final = 20
"""Characters of an unknown command that the bot repeats."""
_MENTION: Final = re.compile(r"\[@([0-9A-Za-z_]+)\]")
_LEADING_MENTIONS: Final = re.compile(r"^\s*(?:\[@[0-9A-Za-z_]+\]\s*)+")
_SLASH: Final = re.compile(r"\s*/\s*([^\W\d_]+)\s*")
_NUMBER: Final = re.compile(r"\s*(?:phiếu\s+|phieu\s+)?(?:số\s+|so\s+)?#?\s*(\d{1,9})(?!\S)\s*", re.IGNORECASE)
_POLITE: Final = r"(?:\s+(?:phieu|nay|nha|nhe|a|luon|roi))*[\s.!]*"
_PLAIN: Final = {
    "nhan": re.compile(r"(?:de\s+)?(?:(?:em|anh|chi|minh|toi)\s+)?nhan(?:\s+xu\s+ly)?" + _POLITE),
    "tra": re.compile(r"tra(?:\s+lai)?" + _POLITE),
    "xong": re.compile(r"xong\b.*", re.DOTALL),
}
_SPOKEN: Final = re.compile(
    r"(?:de\s+)?(?:(?:em|anh|chi|minh|toi)\s+)?(?P<name>nhan|tra|xem|xong)(?:\s+lai|\s+xu\s+ly)?\s+"
    r"(?P<ticket>phieu\s+(?:so\s+)?#?|#)?\s*(?P<number>\d{1,9})(?!\w|[.,/]\d)[\s,.:;-]*(?P<rest>.*)",
    re.DOTALL,
)
_PLAIN_MERGE: Final = re.compile(r"gop\s+(?:vao\s+)?(?:phieu\s+)?(?:so\s+)?#?\d{1,9}" + _POLITE)
_QUESTION: Final = re.compile(r"\?|\bchua\b")
RANK: Final[Mapping[Role, int]] = {"official": 0, "technician": 1, "supervisor": 2}


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    aliases: tuple[str, ...]
    role: Role
    """The least role that may use it."""
    needs: Needs
    run: Callable[[Call], str]


COMMANDS: Final = (
    Command("trogiup", ("help", "huongdan", "lenh"), "official", "nothing", staff.unknown),
    Command("toi", ("me", "id"), "official", "nothing", staff.who_am_i),
    Command("phieucuatoi", ("phieu", "mytickets"), "official", "nothing", lists.my_tickets),
    Command("kythuat", ("kt", "human"), "official", "nothing", staff.want_technician),
    Command("ds", ("danhsach", "list"), "technician", "words", lists.list_tickets),
    Command("xem", ("show", "view"), "technician", "ticket", lists.show),
    Command("nhan", ("claim", "lay"), "technician", "ticket", staff.claim),
    Command("tra", ("return", "unclaim"), "technician", "ticket", staff.give_back),
    Command("chuyen", ("handover", "assign"), "technician", "ticket and words", staff.hand_to),
    Command("ghichu", ("note", "gc"), "technician", "ticket and words", staff.note),
    Command("hoi", ("ask",), "technician", "ticket and words", staff.ask),
    Command("xong", ("done", "resolve"), "technician", "ticket", staff.resolve),
    Command("molai", ("reopen",), "technician", "ticket", staff.reopen),
    Command("visao", ("why",), "technician", "nothing", review.why),
    Command("gop", ("merge",), "technician", "two tickets", staff.merge),
    Command("suco", ("incident",), "technician", "nothing", incidents.command),
    Command("nguoi", ("nhansu", "staff"), "technician", "nothing", duty.list_staff),
    Command("nghi", ("leave",), "technician", "nothing", duty.leave),
    Command("lam", ("lamviec", "back"), "technician", "nothing", duty.back),
    Command("bang", ("dashboard", "web"), "technician", "words", pages.link),
    Command("thongke", ("tk", "stats"), "supervisor", "words", supervisor.figures),
    Command("vaitro", ("role",), "supervisor", "person", duty.set_role),
    Command("donvi", ("unit",), "supervisor", "words", supervisor.name_unit),
)
_BY_NAME: Final = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command as written. `command` is None when there is none of that name."""

    name: str
    command: Command | None
    numbers: tuple[int, ...] = ()
    words: str = ""
    people: tuple[PersonId, ...] = ()


def parse(message: Message) -> Invocation | None:
    """None when the message is no command. A mention of the bot may stand before it."""
    text = words_of(message)
    match = _SLASH.match(text)
    if match is None:
        return None
    return invocation(match[1], text[match.end() :])


def words_of(message: Message) -> str:
    """The text without the mention of the bot before it."""
    return _LEADING_MENTIONS.sub("", message.text) if message.mentions_bot else message.text


def invocation(name: str, rest: str) -> Invocation:
    people = tuple(PersonId(found) for found in _MENTION.findall(rest))
    rest = _MENTION.sub(" ", rest).strip() if people else rest
    command = _BY_NAME.get(fold(name))
    numbers: tuple[int, ...] = ()
    if command and command.needs == "two tickets":
        numbers = tuple(int(found) for found in re.findall(r"\d{1,9}", rest))
    elif command and command.needs.startswith("ticket"):
        match = _NUMBER.match(rest)
        if match:
            numbers, rest = (int(match[1]),), rest[match.end() :]
    return Invocation(fold(name), command, numbers, rest.strip(), people)


def plain_words(text: str) -> Invocation | None:
    """What a technician writes below a quoted ticket: 'nhận', 'xong, đã đồng bộ lại'. None when it is no command: in
    doubt, such as in a question, it is a note."""
    said = fold(text).strip()
    if _PLAIN_MERGE.fullmatch(said):
        return invocation("gop", said)
    for name, pattern in _PLAIN.items():
        if pattern.fullmatch(said) and not _QUESTION.search(said):
            _, _, rest = text.strip().partition(" ")
            how = rest.strip(" ,.:;-") if name == "xong" else ""
            return Invocation(name, _BY_NAME[name], (), how)
    return None


def spoken(message: Message) -> Invocation | None:
    """What the staff write in private: 'nhận 1', 'xong phiếu 1 đã đồng bộ lại'. None when it may be something else, as
    'xong 1 hồ sơ rồi'."""
    text = message.text.strip()
    said = fold(text)
    match = _SPOKEN.fullmatch(said)
    if match is None or message.chat.kind != "private" or message.quote or _QUESTION.search(said):
        return None
    rest, is_polite = text[match.start("rest") :], re.fullmatch(_POLITE, f" {match['rest']}")
    if not is_polite and (match["name"] != "xong" or not match["ticket"]):
        return None
    command = _BY_NAME[match["name"]]
    return Invocation(command.name, command, (int(match["number"]),), "" if is_polite else rest)


def run(wanted: Invocation, call: Call) -> str:
    """Checks the role and what the command needs, then does it. Returns the outcome's name."""
    command = wanted.command
    if command is None:
        return call.refuse("command.unknown", name=shortened(wanted.name, LONGEST_NAME))
    if RANK[call.memory.role] < RANK[command.role]:
        key = "command.supervisors_only" if command.role == "supervisor" else "command.not_allowed"
        return call.refuse(key, name=command.name)
    if command.name == "trogiup":
        return _help(call)
    if command.needs.startswith("ticket") and call.number is None:
        return call.refuse("command.needs_number", name=command.name)
    quoted = call.memory.quoted.ticket if call.memory.quoted else None
    if command.needs == "two tickets" and len(call.numbers) == 1 and quoted:
        call = replace(call, numbers=(quoted, *call.numbers))
    if command.needs == "two tickets" and len(call.numbers) != 2:
        return call.refuse("command.needs_two_numbers")
    return command.run(call)


def _help(call: Call) -> str:
    allowed = [command for command in COMMANDS if RANK[command.role] <= RANK[call.memory.role]]
    lines = [call.voice.say(f"help.{command.name}") for command in allowed]
    return call.reply("\n".join([call.voice.say("help.title"), *lines]), "help")
