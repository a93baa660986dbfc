"""Every setting: typed, from the environment or `.env`. Nothing else reads the environment."""

import errno
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.time_zones import similar_zones

WHERE = {
    "DISCORD_TOKEN": "https://discord.com/developers/applications → your application → Bot → "
    "Reset Token",
    "DISCORD_ALERTS_CHANNEL": "right-click the channel in Discord → Copy Channel ID "
    "(Developer Mode shows it: User Settings → Advanced)",
    "DISCORD_API_URL": "leave it out: Discord's own is used",
    "STRIPE_API_KEY": "https://dashboard.stripe.com/apikeys → Restricted keys (rk_live_… or "
    "rk_test_…)",
    "STRIPE_WEBHOOK_SECRET": "https://dashboard.stripe.com/webhooks → your endpoint → "
    "Signing secret (whsec_…); leave it out, and Stripe is asked for its events",
    "STRIPE_API_URL": "leave it out: Stripe's own is used",
    "DATABASE_URL": "sqlite+aiosqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
    "HOST": "an address of this machine: 127.0.0.1 behind a proxy, 0.0.0.0 for every network",
    "PORT": "a free port of this machine, 8080 by default",
    "PUBLIC_URL": "the https:// address at which the internet reaches this bot",
    "TIMEZONE": "an IANA name such as Europe/Berlin: "
    "https://en.wikipedia.org/wiki/List_of_tz_database_time_zones",
    "LOG_FORMAT": "console for people, json for programs",
}
"""Of each setting: where to find its value, in one line."""

# Prefixes of values that are easily mistaken for another, and what they are.
_KINDS = {
    "pk_": "a publishable key",
    "rk_": "an API key",
    "sk_": "an API key",
    "we_": "an endpoint's id",
    "whsec_": "a webhook's signing secret",
    "Bot ": "a header: leave out 'Bot '",
}
_DISCORD_TOKEN = re.compile(r"[\w-]{18,}\.[\w-]{5,}\.[\w-]{25,}")
"""How a bot's token looks. https://docs.discord.com/developers/reference#authentication"""
_CHANNEL = re.compile(r"(?:<#|https://(?:\w+\.)?discord(?:app)?\.com/channels/\d+/)?(\d+)[>/]?")
"""A channel's id, also as Discord copies it: its link, or a mention."""
_REASONS = {
    "DISCORD_ALERTS_CHANNEL": "it must be a channel's id, a long number",
    "HOST": "it is empty",
    "PORT": "it must be a number from 0 to 65535",
    "LOG_FORMAT": "it must be console or json",
}
"""What is wrong with a value that has not the setting's type."""

_DRIVERS = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}
"""How a database's address begins, by how others write it."""
_LIBPQ = {"channel_binding", "connect_timeout", "gssencmode", "target_session_attrs"}
"""Options of other drivers that hosts add to an address, and that the bot needs not."""
_OPTIONS = {"host", "port", "prepared_statement_cache_size", "ssl", "statement_cache_size"}
"""What our driver takes. https://magicstack.github.io/asyncpg/current/api/index.html"""
WEBHOOK_PATH = "/webhooks/stripe"


class SettingsWrong(Exception):
    """Settings are missing or wrong. `lines` has one line for each and shows no values."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines

    @classmethod
    def of(cls, name: str, reason: str) -> Self:
        """One setting that turned out wrong in use; `reason` must not show a secret."""
        return cls((f"{name} is wrong ({reason}): {WHERE[name]}",))


def cannot_listen(trouble: OSError) -> tuple[str, str]:
    """The setting that is wrong if nobody can listen at the address, and why."""
    if trouble.errno == errno.EADDRINUSE:
        return "PORT", "another program is using it"
    if trouble.errno == errno.EACCES:
        return "PORT", "the system allows only root to use it, as all below 1024"
    return "HOST", "this machine has no such address"


def _parts(value: SecretStr) -> tuple[str, ...]:
    parts = (part.strip() for part in value.get_secret_value().split(","))
    return tuple(part for part in parts if part)


def _secret(*kinds: str) -> AfterValidator:
    """Refuse what is plainly another kind of secret; unknown forms pass."""

    def check(value: SecretStr) -> SecretStr:
        if not _parts(value):
            raise ValueError("it is empty")
        for part in _parts(value):
            for prefix, kind in _KINDS.items():
                if part.startswith(prefix) and prefix not in kinds:
                    raise ValueError(f"this is {kind}")
            if kinds and _DISCORD_TOKEN.fullmatch(part):
                raise ValueError("this is a Discord token")
            if len(part.split()) > 1:
                raise ValueError("there is a space in it")
            if not part.isascii() or not part.isprintable():
                raise ValueError("it has a character that no secret has")
        return value

    return AfterValidator(check)


def looks_like_a_token(value: SecretStr) -> bool:
    """Whether a secret has a Discord token's form; of a client secret it has not."""
    return _DISCORD_TOKEN.fullmatch(value.get_secret_value()) is not None


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("it is not an address") from None
    if parts.scheme not in ("http", "https"):
        raise ValueError("it must start with https://")
    if not parts.hostname:
        raise ValueError("the name of a server is missing")
    if re.search(r"\s", value):
        raise ValueError("it has a space in it")
    if parts.username is not None:
        raise ValueError("it must not have a login in it")
    return value.rstrip("/")


def _public(value: str) -> str:
    """Without the endpoint's path, which is easily copied with it."""
    if "?" in value or "#" in value:
        raise ValueError("it must end with the path, without ? or #")
    return value.removesuffix(WEBHOOK_PATH).rstrip("/")


def _channel_id(value: object) -> object:
    match = _CHANNEL.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1] if match else value


def _database(value: str) -> str:
    """An address as hosts hand it out, for our drivers."""
    kind, found, rest = value.partition("://")
    driver = _DRIVERS.get(kind)
    if not found or driver is None:
        raise ValueError("unsupported: start with sqlite+aiosqlite:/// or postgresql://")
    if driver.startswith("sqlite"):
        return f"{driver}://{rest}"
    login, at, place = rest.rpartition("@")
    place, _, query = place.partition("?")
    try:
        _ = urlsplit(f"//{place}").port
    except ValueError:
        raise ValueError("its port is not a number") from None
    options = {name: option for name, option in parse_qsl(query) if name not in _LIBPQ}
    if "sslmode" in options:
        options["ssl"] = options.pop("sslmode")
    if not options.keys() <= _OPTIONS:
        raise ValueError("it has an option that is not understood; sslmode is")
    return f"{driver}://{login}{at}{place}" + (f"?{urlencode(options)}" if options else "")


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        zones = available_timezones()
        meant = " or ".join(similar_zones(value, zones))
        ask = f"; did you mean {meant}?" if meant else ""
        raise ValueError(f"no such time zone{ask}") from None
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""http or https, without a slash at its end."""


class Settings(BaseModel):
    """How one bot is set up. `read_settings` makes it; made directly, it reads no environment."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="ignore")

    discord_token: Annotated[SecretStr, _secret()]
    discord_alerts_channel: Annotated[
        Annotated[int, Field(gt=0, lt=2**63)] | None, BeforeValidator(_channel_id)
    ] = None
    discord_api_url: WebAddress = "https://discord.com/api/v10"
    stripe_webhook_secret: Annotated[SecretStr, _secret("whsec_")] | None = None
    """One, or several separated by commas: see `webhook_secrets`. None: Stripe is asked for its
    events."""
    stripe_api_key: Annotated[SecretStr, _secret("rk_", "sk_")] | None = Field(
        default=None, validate_default=True
    )
    """None: sales are announced without their fees."""
    stripe_api_url: WebAddress = "https://api.stripe.com"
    database_url: Annotated[str, AfterValidator(_database)] = Field(
        default="sqlite+aiosqlite:///producer-bot.db",
        repr=False,  # it may hold a password
    )
    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8080, ge=0, le=65535)
    """0 lets the system choose one."""
    public_url: Annotated[WebAddress, AfterValidator(_public)] | None = None
    timezone: Annotated[str, AfterValidator(_time_zone)] | None = None
    """IANA name; None: the Stripe account's, else UTC."""
    log_format: Literal["console", "json"] = "console"

    @field_validator("stripe_api_key")
    @classmethod
    def _events_come(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A secret that is wrong is not among the data: that alone is reported.
        if key is None and info.data.get("stripe_webhook_secret", "wrong") is None:
            raise PydanticCustomError("missing", "without it and a secret no event comes")
        return key

    def wrong_in_use(self, name: str, reason: str) -> SettingsWrong:
        """A setting that turned out wrong in use; `reason` must not show a secret."""
        if name.lower() in self.model_fields_set:
            return SettingsWrong.of(name, reason)
        said = f"{name} is not set, and its default can't be used ({reason})"
        return SettingsWrong((f"{said}: {WHERE[name]}",))

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """The signing secrets in plain text; none where Stripe is asked for its events."""
        return _parts(self.stripe_webhook_secret) if self.stripe_webhook_secret else ()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret in plain text: what must not appear in a log."""
        keys = (self.discord_token, self.stripe_api_key)
        return (*(key.get_secret_value() for key in keys if key), *self.webhook_secrets)


class _Environment(Settings, BaseSettings):
    """Settings from the environment, which overrides `.env`. Empty means not set."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        env_file_encoding="utf-8-sig",  # some editors begin a file with a byte order mark
        extra="ignore",
    )

    @classmethod
    def read(cls, env_file: Path) -> Self:
        source: dict[str, Any] = {"_env_file": env_file}
        return cls(**source)


def read_settings(env_file: Path = Path(".env")) -> Settings:
    """Read the settings from the environment and `env_file` (which need not be there).

    Raises SettingsWrong with a line for each that is missing or wrong.
    """
    with _readable(env_file):
        try:
            return _Environment.read(env_file)
        except ValidationError as error:
            unknown = {each.meant: each for each in misspelt(env_file)}
            lines = (_line(dict(wrong), unknown) for wrong in error.errors())
            raise SettingsWrong(tuple(lines)) from None


class Misspelt(NamedTuple):
    """A name that is no setting's, but like one that is not set."""

    name: str
    source: str
    """Where it is: `.env`, or the environment, which others use too."""
    meant: str


ENVIRONMENT = "the environment"
_OTHER_NAMES = {"STRIPE_SECRET_KEY": "STRIPE_API_KEY", "TZ": "TIMEZONE"}


def misspelt(env_file: Path = Path(".env")) -> list[Misspelt]:
    """What looks like a misspelt setting. Raises SettingsWrong for a file that can't be read."""
    with _readable(env_file):
        written = dotenv_values(env_file, encoding="utf-8-sig")
    given = {name.upper() for name, value in (*written.items(), *os.environ.items()) if value}
    lacking = WHERE.keys() - given
    # The environment is full of names of others: only what is hardly anything else counts.
    long = [name for name in lacking if len(name) > len("HOST")]
    found = [(name, ".env", _likest(name, lacking, 0.7)) for name in written]
    found += [(name, ENVIRONMENT, _likest(name, long, 0.9)) for name in sorted(os.environ)]
    return [
        Misspelt(name, source, meant)
        for name, source, meant in found
        if meant is not None and name.upper() not in WHERE
    ]


def _likest(name: str, names: Collection[str], cutoff: float) -> str | None:
    known = _OTHER_NAMES.get(name.upper())
    if known in names and cutoff < 0.9:
        return known
    return next(iter(get_close_matches(name.upper(), names, 1, cutoff)), None)


def given_values(env_file: Path | None = None) -> dict[str, str]:
    """Settings as a file, or without one as the environment gives them, unchecked.

    Of the environment, empty means not set. Raises SettingsWrong for a file that can't be read.
    """
    if env_file is None:
        return {name: os.environ[name].strip() for name in WHERE if os.environ.get(name)}
    with _readable(env_file):
        values = dotenv_values(env_file, encoding="utf-8-sig")
    return {name: (values[name] or "").strip() for name in WHERE if name in values}


def problem_with(name: str, value: str) -> str | None:
    """What is wrong with a setting's value, in a few words that do not show it; None if nothing."""
    try:
        Settings.model_validate({name.lower(): value})
    except ValidationError as error:
        for wrong in error.errors():
            if wrong["loc"][0] == name.lower():
                return _reason(dict(wrong))
    return None


@contextmanager
def _readable(env_file: Path) -> Iterator[None]:
    """Raise SettingsWrong if the file cannot be read."""
    try:
        yield
    except UnicodeDecodeError:
        raise SettingsWrong((f"{env_file} is not text in UTF-8: save it as UTF-8",)) from None
    except OSError as error:
        raise SettingsWrong((f"{env_file} cannot be read: {error.strerror}",)) from None


def _line(wrong: dict[str, Any], unknown: Mapping[str, Misspelt]) -> str:
    name = str(wrong["loc"][0]).upper()
    if wrong["type"] != "missing":
        return SettingsWrong.of(name, _reason(wrong)).lines[0]
    written = unknown.get(name)
    hint = f" ({written.name} in {written.source} may be it, misspelled)" if written else ""
    return f"{name} is missing{hint}: {WHERE[name]}"


def _reason(wrong: dict[str, Any]) -> str:
    """Our own words: the library's speak to programmers."""
    if wrong["type"] == "value_error":
        return str(wrong["ctx"]["error"])
    return _REASONS.get(str(wrong["loc"][0]).upper(), "it can't be used")
