"""Logging: every line of ours and of the libraries, through one formatter that hides secrets."""

import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, TextIO, TypeAlias

# structlog would import rich, 3 MB, for tracebacks that show local variables: ours do not.
sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
import structlog  # noqa: E402
from structlog.typing import EventDict, Processor  # noqa: E402

if sys.modules["rich"] is None:
    del sys.modules["rich"]

LogFormat: TypeAlias = Literal["console", "json"]

_SHORTEST_SECRET = 8  # a shorter one would blot out ordinary words

# What is hidden anywhere in a line, and what is shown instead. The order matters: otherwise
# user:password@host would be taken for an email, and half of the password would remain. Each runs
# in linear time, so that nothing that is logged can stall the bot.
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"://[^\s/@:]*:[^\s/@]*@"), "://[login]@"),
    (re.compile(r"[^\s@<>\"'(),:;=\[\]{}|/\\]{1,64}(?:@|%40)[\w-]+(?:\.[\w-]+)+"), "[email]"),
    (re.compile(r"whsec_[\w+/=-]+"), "[signing secret]"),
    (re.compile(r"\b[srp]k_(?:live|test|org)_\w+"), "[API key]"),
    # A client secret of Stripe's: pi_…_secret_…
    (re.compile(r"_secret_\w{8,}"), "_[secret]"),
    # A bot's: its id, a time and a signature, each in base64.
    (re.compile(r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"), "[Discord token]"),
    # An interaction's: it can be used for fifteen minutes.
    (re.compile(r"(/(?:interactions|webhooks)/\d+/)[\w-]{20,}"), r"\1[Discord token]"),
    (re.compile(r"\bv[01]=[0-9a-f]{16,}"), "[signature]"),
    (re.compile(r"\b(Basic|Bearer|Bot) [\w.+/=-]{20,}"), r"\1 [token]"),
)


class Redaction:
    """Hides the given secrets, and anything that looks like an email or a secret."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first, so that a secret that contains another is hidden whole.
        known = sorted((s for s in secrets if len(s) >= _SHORTEST_SECRET), key=len, reverse=True)
        exact = re.compile("|".join(map(re.escape, known))) if known else None
        self._patterns = ((exact, "[secret]"), *_PATTERNS) if exact else _PATTERNS

    def text(self, text: str) -> str:
        """`text` with each secret replaced by its kind in brackets."""
        for pattern, instead in self._patterns:
            text = pattern.sub(instead, text)
        return text

    def value(self, value: object) -> object:
        """The same for any value: numbers stay as they are, others become text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(item) for item in value]
        return self.text(value if isinstance(value, str) else repr(value))

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        """Serve as a structlog processor, after the one that writes exceptions out."""
        return {self.text(key): self.value(item) for key, item in event.items()}


def configure_logs(
    log_format: LogFormat, *, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send every log line of this process to `stream` (standard error), INFO and above.

    `secrets` are hidden wherever they appear. Warnings and uncaught exceptions become log lines
    too. May be called again; the last call counts.
    """
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(), processors=_finish(log_format, Redaction(secrets))
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # It logs two lines for each call, and a failed call is logged by us.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logging.captureWarnings(True)
    # A line that cannot be written is dropped: logging would print it with all its values.
    logging.raiseExceptions = False
    sys.excepthook = _log_uncaught


def _shared() -> list[Processor]:
    """What each line gets, ours or a library's."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=[]),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _finish(log_format: LogFormat, redaction: Redaction) -> list[Processor]:
    """How a line is written. Exceptions become text before secrets are hidden, never after."""
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redaction,
        structlog.processors.JSONRenderer() if log_format == "json" else _console(),
    ]


def _console() -> Callable[..., str]:
    # Plain tracebacks: those of rich print local variables, such as buyers.
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    info: Any = (kind, error, trace)
    structlog.get_logger("bot").critical("stopped by an uncaught error", exc_info=info)
