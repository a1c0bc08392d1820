"""The environment, read once at the start. A malformed value stops the start with one line that names the variable."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.dialogue.hours import MONDAY_TO_FRIDAY, OFFICE
from bot.model import Chat
from bot.setting_types import (
    Address,
    AnyCase,
    Days,
    Delay,
    Delays,
    Digits,
    HolidaysFile,
    Hosts,
    Id,
    Ids,
    RedisUrl,
    Spans,
    TimeOrOff,
    Timezone,
    Weekdays,
)

SANDBOX_APP_ID: Final = "1000000000000000001"
SANDBOX_OA_ID: Final = "2000000000000000001"
SANDBOX_SECRET: Final = SecretStr("sandbox")
"""The sandbox has nothing to hide: its people, messages and keys are made up."""
ZALO_OPENAPI_URL: Final = "https://openapi.zalo.me"
ZALO_OAUTH_URL: Final = "https://oauth.zaloapp.com"
ZALO_PICTURE_HOSTS: Final = ("zdn.vn", "zadn.vn", "dlfl.vn", "dlmd.me")
HOLIDAYS: Final = Path(__file__).parent / "dialogue" / "holidays.toml"

EXPECTED: Final[Mapping[str, str]] = {
    "ZALO_APP_ID": "the id of the app on developers.zalo.me, digits only",
    "ZALO_APP_SECRET": "the app's secret key",
    "ZALO_OA_ID": "the id of the Official Account, digits only",
    "ZALO_OA_SECRET": "the OA secret key that signs webhooks, from the app's Webhook page",
    "ZALO_REFRESH_TOKEN": "a refresh token of the OA",
    "ZALO_OPENAPI_URL": f"an address like {ZALO_OPENAPI_URL}",
    "ZALO_OAUTH_URL": f"an address like {ZALO_OAUTH_URL}",
    "PICTURE_HOSTS": "domains with commas between them, like zdn.vn, or addresses like http://127.0.0.1:8080",
    "PICTURE_S": "seconds from 0.5 to 60",
    "REDIS_URL": "redis://host:6379/0, rediss://…, unix:///path, redis+cluster://host:port,host:port"
    " or redis+sentinel://host:port,host:port/service",
    "DATA_DIR": "a folder that the service may write to",
    "CACHE_DIR": "a folder that may be emptied (what was learnt from the knowledge); DATA_DIR/cache when not given",
    "SUPPORT_GROUP_IDS": "Zalo group ids with commas between them",
    "TECH_GROUP_ID": "one Zalo group id",
    "SUPERVISOR_IDS": "Zalo user ids with commas between them",
    "TECHNICIAN_IDS": "Zalo user ids with commas between them",
    "API_TOKEN": "at least 20 characters, for the JSON API",
    "PUBLIC_URL": "an address like https://hotro.example.org",
    "HOST": "an address to listen on, like 127.0.0.1 or 0.0.0.0",
    "PORT": "a number from 1 to 65535",
    "TIMEZONE": "a name like Asia/Ho_Chi_Minh",
    "WORKING_HOURS": "spans with commas between them, like 07:00-11:30,13:30-17:00",
    "WORKING_DAYS": "the first and the last day of the week, 1 is Monday, like 1-5",
    "HOLIDAYS_FILE": "a TOML file with the days off, like bot/dialogue/holidays.toml",
    "MAX_CLAIMS": "a number from 1 to 1000",
    "REPLIES_TO_PERSON": "a number from 1 to 100000",
    "REPLIES_IN_GROUP": "a number from 1 to 100000",
    "MESSAGES_OF_PERSON": "a number from 10 to 100000",
    "RETRY_DELAYS_S": "seconds with commas between them, each from 0.01 to 3600, like 1,2,4,8,16,32,60",
    "RATE_LIMIT_DELAY_S": "seconds from 0.01 to 3600",
    "ZALO_ANSWER_S": "seconds from 0.1 to 60",
    "ZALO_OUTAGE_S": "seconds from 0 to 86400",
    "MORNING_LIST": "a time like 07:00, or off",
    "EVENING_SUMMARY": "a time like 17:00, or off",
    "KEEP_COMPLAINTS_DAYS": "a number of days from 1 to 3650",
    "KEEP_TICKETS_DAYS": "a number of days from 1 to 3650",
    "KEEP_WORDS_DAYS": "a number of days from 1 to 3650",
    "KEEP_PEOPLE_DAYS": "a number of days from 1 to 3650",
    "LOG_FORMAT": "console or json",
    "LOG_LEVEL": "debug, info, warning or error",
}
"""Every variable that is read, and what it looks like."""

_ACCOUNT: Final = ("ZALO_APP_ID", "ZALO_APP_SECRET", "ZALO_OA_ID", "ZALO_OA_SECRET", "ZALO_REFRESH_TOKEN")
"""All of them or none: a forgotten one must not turn a real account into the sandbox."""


class SettingsError(Exception):
    """One line for each variable that is wrong or missing."""


def _local_url(known: Mapping[str, Any]) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(known.get("host", ""), known.get("host", ""))  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{known.get('port')}"


def _zalo_url(real: str, sandbox: str) -> Callable[[dict[str, Any]], str]:
    return lambda known: f"{_local_url(known)}{sandbox}" if known.get("zalo_app_id") == SANDBOX_APP_ID else real


def _picture_hosts(known: Mapping[str, Any]) -> tuple[str, ...]:
    return (_local_url(known),) if known.get("zalo_app_id") == SANDBOX_APP_ID else ZALO_PICTURE_HOSTS


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many days."""

    complaints: int
    tickets: int
    """After so long a ticket that is done loses its people and words."""
    words: int
    """What is there to teach the bot, and what could not be delivered."""
    people: int
    """Names of people who are no longer heard from."""


class Settings(BaseSettings):
    """Field names are the variables of design.md in lower case; what was not given holds its default."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(pattern=r"^[\w.:-]+$")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    public_url: Address = Field(default_factory=_local_url)
    zalo_app_id: Digits = SANDBOX_APP_ID
    zalo_app_secret: SecretStr = SANDBOX_SECRET
    zalo_oa_id: Digits = SANDBOX_OA_ID
    zalo_oa_secret: SecretStr = SANDBOX_SECRET
    zalo_refresh_token: SecretStr = SANDBOX_SECRET
    zalo_openapi_url: Address = Field(default_factory=_zalo_url(ZALO_OPENAPI_URL, "/sandbox/openapi"))
    zalo_oauth_url: Address = Field(default_factory=_zalo_url(ZALO_OAUTH_URL, "/sandbox/oauth"))
    picture_hosts: Hosts = Field(default_factory=_picture_hosts)
    picture_s: Annotated[float, Field(ge=0.5, le=60)] = 4
    """A picture that takes longer to read is not read."""
    redis_url: RedisUrl = Field("", repr=False)
    data_dir: Path = Path("data")
    cache_dir: Path = Field(default_factory=lambda data: data["data_dir"] / "cache")
    """What may be lost: it is made anew."""
    support_group_ids: Ids = ()
    tech_group_id: Id | None = None
    supervisor_ids: Ids = ()
    technician_ids: Ids = ()
    timezone: Timezone = "Asia/Ho_Chi_Minh"
    working_hours: Spans = OFFICE
    working_days: Weekdays = MONDAY_TO_FRIDAY
    holidays_file: HolidaysFile = HOLIDAYS
    max_claims: Annotated[int, Field(ge=1, le=1000)] = 20
    api_token: Annotated[SecretStr, Field(min_length=20)] | None = None
    replies_to_person: Annotated[int, Field(ge=1, le=100_000)] = 20
    replies_in_group: Annotated[int, Field(ge=1, le=100_000)] = 60
    messages_of_person: Annotated[int, Field(ge=10, le=100_000)] = 600
    retry_delays_s: Delays = (1, 2, 4, 8, 16, 32, 60)
    """Between the tries of one reply; after the last one it is set aside."""
    rate_limit_delay_s: Delay = 15
    zalo_outage_s: Annotated[float, Field(ge=0, le=86_400)] = 3600
    """So long replies are tried again while Zalo answers no call at all."""
    zalo_answer_s: Annotated[float, Field(ge=0.1, le=60)] = 10
    morning_list: TimeOrOff = time(7)
    evening_summary: TimeOrOff = time(17)
    keep_complaints_days: Days = 400
    keep_tickets_days: Days = 730
    keep_words_days: Days = 180
    keep_people_days: Days = 400
    log_format: Annotated[Literal["console", "json"], AnyCase] = "console"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], AnyCase] = "info"

    @property
    def sandbox(self) -> bool:
        """No ZALO_APP_ID: the service talks to its own simulated Zalo."""
        return self.zalo_app_id == SANDBOX_APP_ID

    @property
    def tech_group(self) -> Chat | None:
        return Chat("group", self.tech_group_id) if self.tech_group_id else None

    @property
    def embedded(self) -> bool:
        """No REDIS_URL: the service starts its own Valkey server."""
        return not self.redis_url

    @property
    def keep(self) -> Keep:
        return Keep(self.keep_complaints_days, self.keep_tickets_days, self.keep_words_days, self.keep_people_days)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def guide_url(self) -> str | None:
        """None when nobody said under which address officials reach the service."""
        return f"{self.public_url}/guide" if "public_url" in self.model_fields_set else None

    @property
    def local_url(self) -> str:
        """Where this process itself is reached on this machine."""
        return _local_url({"host": self.host, "port": self.port})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` hands over: the environment is read in one place."""
        return (init_settings,)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Reads the variables of EXPECTED; an empty one counts as not given. Raises SettingsError."""
    source = os.environ if environ is None else environ
    given = {name: source[name].strip() for name in EXPECTED if source.get(name, "").strip()}
    problems = {
        name: _missing(name) for name in _ACCOUNT if name not in given and not given.keys().isdisjoint(_ACCOUNT)
    }
    try:
        settings = Settings(**{name.lower(): value for name, value in given.items()})  # type: ignore[arg-type]
    except ValidationError as error:
        names = [str(problem["loc"][0]).upper() for problem in error.errors()]
        problems |= {name: f"{name}: expected {EXPECTED[name]}" for name in names if name in given}
        raise SettingsError("\n".join(problems.values())) from None
    if problems:
        raise SettingsError("\n".join(problems.values()))
    return settings


def _missing(name: str) -> str:
    others = ", ".join(other for other in _ACCOUNT if other != name)
    return f"{name}: missing; expected {EXPECTED[name]} (it goes together with {others})"
