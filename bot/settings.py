"""Every setting: typed, from the environment or `.env`. Nothing else reads the environment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

WHERE = {
    "DISCORD_TOKEN": "https://discord.com/developers/applications → your application → Bot → "
    "Reset Token",
    "DISCORD_ALERTS_CHANNEL": "right-click the channel in Discord → Copy Channel ID "
    "(Developer Mode shows it: User Settings → Advanced)",
    "DISCORD_API_URL": "leave it out for Discord's own, https://discord.com/api/v10",
    "STRIPE_API_KEY": "https://dashboard.stripe.com/apikeys → Restricted keys (rk_live_… or "
    "rk_test_…)",
    "STRIPE_WEBHOOK_SECRET": "https://dashboard.stripe.com/webhooks → your endpoint → "
    "Signing secret (whsec_…); leave it out, and Stripe is asked for its events",
    "STRIPE_API_URL": "leave it out for Stripe's own, https://api.stripe.com",
    "DATABASE_URL": "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME",
    "HOST": "an address of this machine: 127.0.0.1 behind a proxy, 0.0.0.0 for every network",
    "PORT": "a free port of this machine, 8080 by default",
    "PUBLIC_URL": "the https:// address at which the internet reaches this bot",
    "TIMEZONE": "an IANA name such as Europe/Berlin: "
    "https://en.wikipedia.org/wiki/List_of_tz_database_time_zones",
    "LOG_FORMAT": "console or json",
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
_DATABASES = ("sqlite+aiosqlite:///", "postgresql+asyncpg://")


class SettingsWrong(Exception):
    """Settings are missing or wrong. `lines` has one line for each and shows no values."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines

    @classmethod
    def of(cls, name: str, reason: str) -> Self:
        """One setting that turned out wrong in use; `reason` must not show a secret."""
        return cls((f"{name} is wrong ({reason}): {WHERE[name]}",))


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
            if not part.isascii() or not part.isprintable() or " " in part:
                raise ValueError("it has a character that no secret has")
        return value

    return AfterValidator(check)


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an http:// or https:// address")
    return value.rstrip("/")


def _database(value: str) -> str:
    if not value.startswith(_DATABASES):
        raise ValueError("unsupported: start with sqlite+aiosqlite:/// or postgresql+asyncpg://")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("there is no time zone with this name") from None
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""http or https, without a slash at its end."""


class Settings(BaseModel):
    """How one bot is set up. `read_settings` makes it; made directly, it reads no environment."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="ignore")

    discord_token: Annotated[SecretStr, _secret()]
    discord_alerts_channel: int | None = Field(default=None, gt=0)
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
    public_url: WebAddress | None = None
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
            raise SettingsWrong(tuple(_line(dict(wrong)) for wrong in error.errors())) from None


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


def _line(wrong: dict[str, Any]) -> str:
    name = str(wrong["loc"][0]).upper()
    if wrong["type"] == "missing":
        return f"{name} is missing: {WHERE[name]}"
    return SettingsWrong.of(name, _reason(wrong)).lines[0]


def _reason(wrong: dict[str, Any]) -> str:
    reason: str = wrong["msg"].removeprefix("Value error, ")
    return reason[0].lower() + reason[1:]
