"""The environment, read once at the start. A malformed value stops the start with one line that names the variable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

SANDBOX_APP_ID: Final = "1000000000000000001"
SANDBOX_OA_ID: Final = "2000000000000000001"
SANDBOX_SECRET: Final = SecretStr("sandbox")
"""The sandbox has nothing to hide: its people, messages and keys are made up."""
REDIS_SCHEMES: Final = ("redis", "rediss", "unix", "redis+cluster", "redis+sentinel")

EXPECTED: Final[Mapping[str, str]] = {
    "ZALO_APP_ID": "the id of the app on developers.zalo.me, digits only",
    "ZALO_APP_SECRET": "the app's secret key (needed when ZALO_APP_ID is set)",
    "ZALO_OA_ID": "the id of the Official Account, digits only (needed when ZALO_APP_ID is set)",
    "ZALO_OA_SECRET": "the OA secret key on the app's Webhook page (needed when ZALO_APP_ID is set)",
    "ZALO_REFRESH_TOKEN": "a refresh token of the OA (needed when ZALO_APP_ID is set)",
    "ZALO_OPENAPI_URL": "an address like https://openapi.zalo.me",
    "ZALO_OAUTH_URL": "an address like https://oauth.zaloapp.com",
    "REDIS_URL": "redis://host:6379/0, rediss://…, unix:///path, redis+cluster://… or redis+sentinel://…",
    "DATA_DIR": "a folder that the service may write to",
    "SUPPORT_GROUP_IDS": "Zalo group ids with commas between them",
    "TECH_GROUP_ID": "one Zalo group id",
    "SUPERVISOR_IDS": "Zalo user ids with commas between them",
    "TECHNICIAN_IDS": "Zalo user ids with commas between them",
    "PUBLIC_URL": "an address like https://hotro.example.org",
    "HOST": "an address to listen on, like 127.0.0.1 or 0.0.0.0",
    "PORT": "a number from 1 to 65535",
    "TIMEZONE": "a name like Asia/Ho_Chi_Minh",
    "LOG_FORMAT": "console or json",
    "LOG_LEVEL": "debug, info, warning or error",
}

Ids = Annotated[tuple[str, ...], NoDecode]


class SettingsError(Exception):
    """One line for each variable that is wrong or missing."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    zalo_app_id: str = Field(SANDBOX_APP_ID, pattern=r"^\d+$")
    zalo_app_secret: SecretStr = SANDBOX_SECRET
    zalo_oa_id: str = Field(SANDBOX_OA_ID, pattern=r"^\d+$")
    zalo_oa_secret: SecretStr = SANDBOX_SECRET
    zalo_refresh_token: SecretStr = SANDBOX_SECRET
    zalo_openapi_url: str = "https://openapi.zalo.me"
    zalo_oauth_url: str = "https://oauth.zaloapp.com"
    redis_url: str = ""
    data_dir: Path = Path("data")
    support_group_ids: Ids = ()
    tech_group_id: str = ""
    supervisor_ids: Ids = ()
    technician_ids: Ids = ()
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=1, le=65535)
    timezone: str = "Asia/Ho_Chi_Minh"
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("support_group_ids", "supervisor_ids", "technician_ids", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("support_group_ids", "supervisor_ids", "technician_ids")
    @classmethod
    def _ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(part.isalnum() for part in value):
            raise ValueError("not an id")
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in REDIS_SCHEMES:
            raise ValueError("unknown scheme")
        return value

    @field_validator("zalo_openapi_url", "zalo_oauth_url", "public_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.scheme in {"http", "https"} and parts.hostname):
            raise ValueError("not an address")
        return value.rstrip("/")

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("unknown zone") from None
        return value

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @property
    def sandbox(self) -> bool:
        """No ZALO_APP_ID: the service talks to its own simulated Zalo."""
        return "zalo_app_id" not in self.model_fields_set

    @property
    def embedded(self) -> bool:
        """No REDIS_URL: the service starts its own Valkey server."""
        return not self.redis_url

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def local_url(self) -> str:
        """Where this process itself is reached on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{host}:{self.port}"

    @property
    def address(self) -> str:
        return self.public_url or self.local_url

    @property
    def openapi_url(self) -> str:
        chosen = "zalo_openapi_url" in self.model_fields_set or not self.sandbox
        return self.zalo_openapi_url if chosen else f"{self.local_url}/sandbox/openapi"

    @property
    def oauth_url(self) -> str:
        chosen = "zalo_oauth_url" in self.model_fields_set or not self.sandbox
        return self.zalo_oauth_url if chosen else f"{self.local_url}/sandbox/oauth"

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, **_: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_settings` hands over: the environment is read in one place."""
        return (init_settings,)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Reads the variables of design.md from `environ`. Raises SettingsError with a line for each wrong one."""
    given = {name.lower(): environ[name].strip() for name in EXPECTED if environ.get(name, "").strip()}
    wrong: list[str] = []
    try:
        settings = Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = [str(problem["loc"][0]).upper() for problem in error.errors()]
        settings = None
    if "zalo_app_id" in given:
        needed = ("zalo_app_secret", "zalo_oa_id", "zalo_oa_secret", "zalo_refresh_token")
        wrong += [name.upper() for name in needed if name not in given]
    if settings is None or wrong:
        raise SettingsError("\n".join(f"{name}: expected {EXPECTED[name]}" for name in dict.fromkeys(wrong)))
    return settings
