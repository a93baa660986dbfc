"""Settings: read from the environment and `.env`, explained, and refused in one line each."""

import errno
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import (
    WHERE,
    Settings,
    SettingsWrong,
    cannot_listen,
    misspelt,
    problem_with,
    read_settings,
)

EXAMPLE = (Path(__file__).parents[1] / ".env.example").read_text("utf-8")
NAMES = {name.upper() for name in Settings.model_fields}
ENOUGH = {"DISCORD_TOKEN": "a.discord.token", "STRIPE_WEBHOOK_SECRET": "whsec_first"}

CHANNEL = "it must be a channel's id, a long number"
PORT = "it must be a number from 0 to 65535"
NO_ZONE = "no such time zone"
DISCORD_TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"

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
        ("DISCORD_TOKEN", '"a b"', "there is a space in it"),
        ("DISCORD_TOKEN", "“a.b.c”", "it has a character that no secret has"),
        ("STRIPE_WEBHOOK_SECRET", "rk_test_abc", "this is an API key"),
        ("STRIPE_WEBHOOK_SECRET", "we_abc", "this is an endpoint's id"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_abc,sk_test_abc", "this is an API key"),
        ("STRIPE_WEBHOOK_SECRET", ",", "it is empty"),
        ("STRIPE_API_KEY", "pk_live_abc", "this is a publishable key"),
        ("STRIPE_API_KEY", "whsec_abc", "this is a webhook's signing secret"),
        ("STRIPE_API_KEY", '"  "', "it is empty"),
        ("STRIPE_API_KEY", DISCORD_TOKEN, "this is a Discord token"),
        ("STRIPE_WEBHOOK_SECRET", DISCORD_TOKEN, "this is a Discord token"),
        ("DISCORD_ALERTS_CHANNEL", "0", CHANNEL),
        ("DISCORD_ALERTS_CHANNEL", "#sales", CHANNEL),
        ("DISCORD_ALERTS_CHANNEL", "9" * 30, CHANNEL),
        ("PORT", "#sales", PORT),
        ("PORT", "65536", PORT),
        ("HOST", '" "', "it is empty"),
        ("DISCORD_API_URL", "discord.com", "it must start with https://"),
        ("STRIPE_API_URL", "http://", "the name of a server is missing"),
        ("PUBLIC_URL", "beats.example.com", "it must start with https://"),
        ("PUBLIC_URL", "https://[abc", "it is not an address"),
        ("PUBLIC_URL", "https://beats.example:99999", "it is not an address"),
        ("PUBLIC_URL", "https://exa mple.com", "it has a space in it"),
        ("PUBLIC_URL", "https://me:pw@beats.example", "it must not have a login in it"),
        ("PUBLIC_URL", "https://beats.example/?a=1", "it must end with the path, without ? or #"),
        ("DATABASE_URL", "postgres://u:hunter2@db:abc/x", "its port is not a number"),
        (
            "DATABASE_URL",
            "mysql://bot:hunter2@db/x",
            "unsupported: start with sqlite+aiosqlite:/// or postgresql://",
        ),
        (
            "DATABASE_URL",
            "books.db",
            "unsupported: start with sqlite+aiosqlite:/// or postgresql://",
        ),
        (
            "DATABASE_URL",
            "postgres://u:p@db/x?foo=hunter2",
            "it has an option that is not understood; sslmode is",
        ),
        ("TIMEZONE", "Berlin", f"{NO_ZONE}; did you mean Europe/Berlin?"),
        ("TIMEZONE", "New York", f"{NO_ZONE}; did you mean America/New_York?"),
        ("TIMEZONE", "PST", f"{NO_ZONE}; did you mean America/Los_Angeles?"),
        ("TIMEZONE", "../passwd", NO_ZONE),
        ("LOG_FORMAT", "pretty", "it must be console or json"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(read: Read, name: str, value: str, reason: str) -> None:
    assert refused(read, **{name: value}) == f"{name} is wrong ({reason}): {WHERE[name]}"


@given(st.sampled_from(sorted(WHERE)), st.text(max_size=60))
def test_no_value_is_refused_in_the_librarys_words(name: str, value: str) -> None:
    said = problem_with(name, value) or ""
    assert not re.search(r"(?i)input|valid|pars|string|pydantic|\n", said)
    assert len(said) < 120


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("postgres://u:p@db/x", "postgresql+asyncpg://u:p@db/x"),
        ("postgresql://u:p@db:5/x", "postgresql+asyncpg://u:p@db:5/x"),
        ("postgresql+asyncpg://u:p@db/x", "postgresql+asyncpg://u:p@db/x"),
        ("postgres://u:p?w@db/x?sslmode=require", "postgresql+asyncpg://u:p?w@db/x?ssl=require"),
        ("postgres://u@db/x?channel_binding=require", "postgresql+asyncpg://u@db/x"),
        ("postgres:///x", "postgresql+asyncpg:///x"),
        ("sqlite:///books.db", "sqlite+aiosqlite:///books.db"),
    ],
)
def test_a_database_is_understood_as_hosts_write_it(
    read: Read, written: str, understood: str
) -> None:
    assert read(DATABASE_URL=written).database_url == understood


@pytest.mark.parametrize(
    "written", ["1576", "'<#1576>'", "https://discord.com/channels/12/1576", " 1576 "]
)
def test_a_channel_is_understood_as_discord_copies_it(read: Read, written: str) -> None:
    assert read(DISCORD_ALERTS_CHANNEL=written).discord_alerts_channel == 1576


def test_the_endpoints_path_is_not_part_of_the_public_address(read: Read) -> None:
    copied = "https://beats.example/shop/webhooks/stripe/"
    assert read(PUBLIC_URL=copied).public_url == "https://beats.example/shop"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("TIMEZON", "TIMEZONE"),
        ("timezon", "TIMEZONE"),
        ("TZ", "TIMEZONE"),
        ("STRIPE_KEY", "STRIPE_API_KEY"),
        ("STRIPE_SECRET_KEY", "STRIPE_API_KEY"),
        ("PROT", "PORT"),
        ("PUBLIC_ULR", "PUBLIC_URL"),
    ],
)
def test_a_misspelt_setting_in_the_file_is_noticed(
    read: Read, tmp_path: Path, written: str, meant: str
) -> None:
    read(**{written: "something"})
    assert misspelt(tmp_path / ".env") == [(written, ".env", meant)]


def test_a_misspelt_setting_in_the_environment_is_noticed(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is similar to a short name, or to a setting that is there, is most likely another's."""
    for name in ("STRIPE_API_KYE", "HOSTS", "TZ", "DISCORD_TOKENS", "DATABASE_HOST"):
        monkeypatch.setenv(name, "something")
    read(POSTGRES_PASSWORD="something", DOMAIN="beats.example")
    assert misspelt(tmp_path / ".env") == [("STRIPE_API_KYE", "the environment", "STRIPE_API_KEY")]


def test_what_is_missing_because_it_is_misspelt_is_named_so(read: Read) -> None:
    needed = {"DISCORD_TOKNE": "a.b.hunter2", "DISCORD_TOKEN": "", "STRIPE_API_KEY": "rk_test_key"}
    with pytest.raises(SettingsWrong) as wrong:
        read(needed)
    assert wrong.value.lines == (
        "DISCORD_TOKEN is missing (DISCORD_TOKNE in .env may be it, misspelled): "
        + WHERE["DISCORD_TOKEN"],
    )


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


def test_a_default_that_turns_out_wrong_does_not_blame_the_user(read: Read) -> None:
    [line] = read().wrong_in_use("PORT", "another program is using it").lines
    assert line.startswith("PORT is not set, and its default can't be used (another program")
    [line] = read(PORT="9001").wrong_in_use("PORT", "another program is using it").lines
    assert line.startswith("PORT is wrong (another program")


@pytest.mark.parametrize(
    ("number", "name"),
    [(errno.EADDRINUSE, "PORT"), (errno.EACCES, "PORT"), (errno.EADDRNOTAVAIL, "HOST")],
)
def test_an_address_nobody_can_listen_at_is_a_settings_fault(number: int, name: str) -> None:
    raw = "error while attempting to bind on address ('127.0.0.1', 80)"
    found, reason = cannot_listen(OSError(number, raw))
    assert found == name
    assert "bind" not in reason


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
