"""Settings: read from the environment and `.env`, explained, and refused in one line each."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import WHERE, Settings, SettingsWrong, read_settings

EXAMPLE = (Path(__file__).parents[1] / ".env.example").read_text("utf-8")
NAMES = {name.upper() for name in Settings.model_fields}
ENOUGH = {"DISCORD_TOKEN": "a.discord.token", "STRIPE_WEBHOOK_SECRET": "whsec_first"}

INTEGER = "integer, unable to parse string as an integer"

Read = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads settings from a `.env` with these values (beside the needed ones), and nothing else."""
    for name in WHERE:
        monkeypatch.delenv(name, raising=False)

    def reader(needed: dict[str, str] | None = None, **values: str) -> Settings:
        lines = (ENOUGH if needed is None else needed) | values
        env_file = tmp_path / ".env"
        env_file.write_text("\n".join(f"{name}={value}" for name, value in lines.items()), "utf-8")
        return read_settings(env_file)

    return reader


def refused(read: Read, **values: str) -> str:
    """The one line in which a wrong value is refused."""
    with pytest.raises(SettingsWrong) as wrong:
        read(**values)
    (line,) = wrong.value.lines
    return line


def test_two_settings_are_enough(read: Read) -> None:
    settings = read()
    assert settings.discord_token.get_secret_value() == "a.discord.token"
    assert settings.webhook_secrets == ("whsec_first",)
    assert settings.database_url == "sqlite+aiosqlite:///producer-bot.db"
    assert (settings.host, settings.port, settings.log_format) == ("127.0.0.1", 8080, "console")
    assert settings.stripe_api_key is None
    assert settings.discord_alerts_channel is None


def test_every_setting_is_read(read: Read) -> None:
    settings = read(
        DISCORD_ALERTS_CHANNEL="1234567890123456789",
        DISCORD_API_URL="http://localhost:1/api/v10/",
        STRIPE_API_KEY="rk_test_key",
        STRIPE_API_URL="http://localhost:2/",
        DATABASE_URL="postgresql+asyncpg://bot:hunter2@db/bot",
        HOST="0.0.0.0",
        PORT="0",
        PUBLIC_URL="https://beats.example/",
        TIMEZONE="Europe/Berlin",
        LOG_FORMAT="json",
    )
    assert settings.discord_alerts_channel == 1234567890123456789
    assert settings.discord_api_url == "http://localhost:1/api/v10"
    assert settings.stripe_api_url == "http://localhost:2"
    assert settings.database_url.endswith("@db/bot")
    assert (settings.host, settings.port) == ("0.0.0.0", 0)
    assert settings.public_url == "https://beats.example"
    assert settings.timezone == "Europe/Berlin"
    assert settings.log_format == "json"


def test_the_environment_goes_before_the_file(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    assert read(PORT="9001").port == 9000


def test_the_file_need_not_be_there(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ENOUGH.items():
        monkeypatch.setenv(name, value)
    assert read_settings(tmp_path / "nowhere").webhook_secrets == ("whsec_first",)


def test_settings_made_directly_read_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    made = Settings.model_validate({name.lower(): value for name, value in ENOUGH.items()})
    assert made.port == 8080


def test_empty_values_unknown_lines_and_space_around_a_secret_do_not_matter(read: Read) -> None:
    settings = read(
        STRIPE_API_KEY="",
        PORT="",
        TIMEZONE="",
        PUBLIC_URL="",
        SOMETHING_ELSE="1",
        DISCORD_TOKEN='" a.b.c "',
    )
    assert settings.discord_token.get_secret_value() == "a.b.c"
    assert (settings.stripe_api_key, settings.port, settings.timezone) == (None, 8080, None)


def test_several_signing_secrets_have_commas_between(read: Read) -> None:
    settings = read(STRIPE_WEBHOOK_SECRET='" whsec_new , whsec_old, "')
    assert settings.webhook_secrets == ("whsec_new", "whsec_old")


def test_what_is_missing_is_named_with_where_to_find_it(read: Read) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        read(needed={"DISCORD_TOKEN": ""})
    assert wrong.value.lines == tuple(
        f"{name} is missing: {WHERE[name]}" for name in ("DISCORD_TOKEN", "STRIPE_API_KEY")
    )


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("DISCORD_TOKEN", "Bot abc", "this is a header: leave out 'Bot '"),
        ("DISCORD_TOKEN", "whsec_abc", "this is a webhook's signing secret"),
        ("DISCORD_TOKEN", '"a b"', "it has a character that no secret has"),
        ("DISCORD_TOKEN", "“a.b.c”", "it has a character that no secret has"),
        ("STRIPE_WEBHOOK_SECRET", "rk_test_abc", "this is an API key"),
        ("STRIPE_WEBHOOK_SECRET", "we_abc", "this is an endpoint's id"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_abc,sk_test_abc", "this is an API key"),
        ("STRIPE_WEBHOOK_SECRET", ",", "it is empty"),
        ("STRIPE_API_KEY", "pk_live_abc", "this is a publishable key"),
        ("STRIPE_API_KEY", "whsec_abc", "this is a webhook's signing secret"),
        ("STRIPE_API_KEY", '"  "', "it is empty"),
        ("DISCORD_ALERTS_CHANNEL", "0", "input should be greater than 0"),
        ("DISCORD_ALERTS_CHANNEL", "#sales", f"input should be a valid {INTEGER}"),
        ("PORT", "#sales", f"input should be a valid {INTEGER}"),
        ("DISCORD_API_URL", "discord.com", "not an http:// or https:// address"),
        ("STRIPE_API_URL", "http://", "not an http:// or https:// address"),
        ("PUBLIC_URL", "https://[abc", "not an http:// or https:// address"),
        (
            "DATABASE_URL",
            "mysql://bot:hunter2@db/x",
            "unsupported: start with sqlite+aiosqlite:/// or postgresql+asyncpg://",
        ),
        ("PORT", "65536", "input should be less than or equal to 65535"),
        ("TIMEZONE", "Berlin", "there is no time zone with this name"),
        ("TIMEZONE", "../passwd", "there is no time zone with this name"),
        ("TIMEZONE", "Europe", "there is no time zone with this name"),
        ("LOG_FORMAT", "pretty", "input should be 'console' or 'json'"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(read: Read, name: str, value: str, reason: str) -> None:
    assert refused(read, **{name: value}) == f"{name} is wrong ({reason}): {WHERE[name]}"


def test_a_key_without_a_webhook_secret_is_enough(read: Read) -> None:
    needed = {"DISCORD_TOKEN": "a.discord.token", "STRIPE_API_KEY": "rk_test_key"}
    assert read(needed).webhook_secrets == ()


def test_all_that_is_wrong_is_told_at_once(read: Read) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        read(PORT="x", TIMEZONE="x", LOG_FORMAT="x")
    assert [line.split()[0] for line in wrong.value.lines] == ["PORT", "TIMEZONE", "LOG_FORMAT"]


def test_no_line_shows_a_value(read: Read) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        read(**dict.fromkeys(WHERE, "sk_hunter2 "))
    assert "hunter2" not in str(wrong.value)


def test_settings_do_not_print_their_secrets(read: Read) -> None:
    settings = read(
        DISCORD_TOKEN="a.hunter2.c",
        STRIPE_API_KEY="rk_test_hunter2",
        STRIPE_WEBHOOK_SECRET="whsec_hunter2",
        DATABASE_URL="postgresql+asyncpg://bot:hunter2@db/bot",
    )
    assert "hunter2" not in repr(settings) + str(settings)
    assert settings.secrets == ("a.hunter2.c", "rk_test_hunter2", "whsec_hunter2")


def test_a_byte_order_mark_does_no_harm(read: Read, tmp_path: Path) -> None:
    read()
    marked = tmp_path / "marked"
    marked.write_bytes(b"\xef\xbb\xbf" + (tmp_path / ".env").read_bytes())
    assert read_settings(marked) == read()


def test_a_file_that_is_not_utf_8_is_refused(read: Read, tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    odd.write_bytes("PORT=1".encode("utf-16"))
    with pytest.raises(SettingsWrong, match="save it as UTF-8"):
        read_settings(odd)


def test_a_setting_found_wrong_in_use_is_named_the_same_way() -> None:
    wrong = SettingsWrong.of("PORT", "another program has it")
    assert wrong.lines == (f"PORT is wrong (another program has it): {WHERE['PORT']}",)


def test_each_setting_is_in_the_example_file() -> None:
    """Those that can be left out are commented out."""
    assert set(re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == NAMES


def test_the_example_file_shows_the_defaults() -> None:
    shown = dict(re.findall(r"^#([A-Z_]+)=(.+)$", EXAMPLE, re.MULTILINE))
    fields = Settings.model_fields
    assert shown == {name: str(fields[name.lower()].default) for name in shown}


def test_each_setting_says_where_to_find_it() -> None:
    assert WHERE.keys() == NAMES
    assert not [where for where in WHERE.values() if "\n" in where]
