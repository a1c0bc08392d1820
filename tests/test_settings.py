"""What the environment may hold, and what an operator is told when it holds something else."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from bot.settings import EXPECTED, SettingsError, load_settings

ROOT = Path(__file__).parents[1]
ACCOUNT = {
    "ZALO_APP_ID": "4201",
    "ZALO_APP_SECRET": "hush-app",
    "ZALO_OA_ID": "4202",
    "ZALO_OA_SECRET": "hush-oa",
    "ZALO_REFRESH_TOKEN": "hush-token",
}


def complaint(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load_settings(environ)
    return str(refused.value).splitlines()


def test_nothing_given_is_the_sandbox_with_a_valkey_of_its_own() -> None:
    settings = load_settings({})
    assert (settings.sandbox, settings.embedded) == (True, True)
    assert settings.zalo_openapi_url == "http://127.0.0.1:8080/sandbox/openapi"
    assert settings.zalo_oauth_url == "http://127.0.0.1:8080/sandbox/oauth"
    assert settings.public_url == "http://127.0.0.1:8080"
    assert (settings.data_dir, settings.zone) == (Path("data"), ZoneInfo("Asia/Ho_Chi_Minh"))
    assert settings.support_group_ids == ()


def test_an_account_leads_to_the_real_zalo() -> None:
    settings = load_settings(ACCOUNT | {"REDIS_URL": "redis://valkey:6379/0"})
    assert (settings.sandbox, settings.embedded) == (False, False)
    assert settings.zalo_openapi_url == "https://openapi.zalo.me"
    assert settings.zalo_oauth_url == "https://oauth.zaloapp.com"
    assert settings.zalo_oa_id == "4202"
    assert settings.zalo_oa_secret.get_secret_value() == "hush-oa"


def test_the_sandbox_is_called_where_the_service_listens() -> None:
    settings = load_settings({"HOST": "0.0.0.0", "PORT": "9000", "PUBLIC_URL": "https://hotro.example.org/"})
    assert settings.zalo_openapi_url == "http://127.0.0.1:9000/sandbox/openapi"
    assert settings.public_url == "https://hotro.example.org"
    assert load_settings({"HOST": "::"}).public_url == "http://[::1]:8080"


def test_lists_are_read_with_spaces_and_trailing_commas() -> None:
    assert load_settings({"SUPERVISOR_IDS": " 11, 22 ,,33,"}).supervisor_ids == ("11", "22", "33")


def test_working_hours_and_the_times_of_the_daily_messages_are_set_in_words() -> None:
    settings = load_settings(
        {"WORKING_HOURS": "07:30-11:00, 13:00-16:30", "WORKING_DAYS": "1-6", "MORNING_LIST": "OFF"}
    )
    assert settings.working_hours == ((time(7, 30), time(11)), (time(13), time(16, 30)))
    assert settings.working_days == frozenset(range(6))
    assert (settings.morning_list, settings.evening_summary) == (None, time(17))


def test_empty_values_count_as_not_given() -> None:
    assert load_settings({"PORT": "", "ZALO_APP_ID": " "}) == load_settings({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZALO_OPENAPI_URL", "openapi.zalo.me"),
        ("ZALO_OAUTH_URL", "ftp://oauth.zaloapp.com"),
        ("REDIS_URL", "http://valkey:6379"),
        ("REDIS_URL", "redis://"),
        ("REDIS_URL", "redis://host:port"),
        ("REDIS_URL", "redis+sentinel://one:26379,two:26379"),
        ("SUPPORT_GROUP_IDS", "a b"),
        ("TECH_GROUP_ID", "1,2"),
        ("SUPERVISOR_IDS", "1;2"),
        ("TECHNICIAN_IDS", "@lan"),
        ("PUBLIC_URL", "hotro"),
        ("PUBLIC_URL", "https://hotro:99999"),
        ("HOST", "my host"),
        ("PORT", "eighty"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("TIMEZONE", "Asia/Atlantis"),
        ("TIMEZONE", "../etc/passwd"),
        ("WORKING_HOURS", "07:00-11:30,13:30"),
        ("WORKING_HOURS", "13:30-11:30"),
        ("WORKING_DAYS", "5-1"),
        ("HOLIDAYS_FILE", "/nowhere/holidays.toml"),
        ("HOLIDAYS_FILE", str(ROOT / "intents/payment.toml")),
        ("MAX_CLAIMS", "0"),
        ("PICTURE_S", "0"),
        ("MORNING_LIST", "early"),
        ("EVENING_SUMMARY", "25:00"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_malformed_value_is_one_line_that_names_the_variable_and_its_form(name: str, value: str) -> None:
    assert complaint({name: value}) == [f"{name}: expected {EXPECTED[name]}"]


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost",
        "redis://user:p%40ss@valkey.internal:6380/2",
        "redis://[::1]:6379/0",
        "rediss://valkey:6379/0?ssl_cert_reqs=none",
        "unix:///run/valkey.sock",
        "redis+cluster://one:7000,two:7001",
        "redis+sentinel://:secret@one:26379,two/tohotro/1",
    ],
)
def test_every_kind_of_redis_address_is_taken(url: str) -> None:
    assert load_settings({"REDIS_URL": url}).redis_url == url


def test_several_problems_are_one_line_each() -> None:
    assert [line.partition(":")[0] for line in complaint({"PORT": "x", "TIMEZONE": "x"})] == ["PORT", "TIMEZONE"]


@pytest.mark.parametrize("forgotten", ACCOUNT)
def test_half_an_account_is_refused_instead_of_running_the_sandbox(forgotten: str) -> None:
    lines = complaint({name: value for name, value in ACCOUNT.items() if name != forgotten})
    assert len(lines) == 1
    assert lines[0].startswith(f"{forgotten}: missing")


def test_secrets_are_not_shown() -> None:
    settings = load_settings(ACCOUNT | {"REDIS_URL": "redis://:hush-redis@valkey:6379"})
    assert "hush" not in repr(settings) + str(settings)
    assert not any("hush" in line for line in complaint(ACCOUNT | {"REDIS_URL": "redis://:hush@", "ZALO_APP_ID": "x"}))


def test_settings_do_not_change_once_read() -> None:
    with pytest.raises(ValidationError):
        load_settings({}).port = 1
