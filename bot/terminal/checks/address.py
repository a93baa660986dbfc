"""The bot's own address: here, and as the internet sees it."""

import asyncio
from collections.abc import Mapping

import aiohttp

from bot.settings import WHERE
from bot.terminal.checks.finding import Finding, Look, note, ok, wrong

HERE = "This machine"
PUBLIC = "From the internet"
ENDPOINT = "/webhooks/stripe"
AT_REST = (502, 503, 504)
"""What a proxy answers for a bot that does not run."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - not to bind, but to be undone
_NEEDS = {"store": "its database", "discord": "Discord"}


async def running_here(look: Look) -> list[Finding]:
    """Whether a bot runs here, and has what it needs; else whether one could listen."""
    host = _EVERYWHERE.get(look.settings.host, look.settings.host)
    port = look.settings.port
    base = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if not port:
        return [note(HERE, "PORT is 0: the system chooses one at each start")]
    try:
        async with look.http.get(f"{base}/healthz", allow_redirects=False) as answer:
            ours = answer.status == 200 and answer.content_type == "application/json"
    except (aiohttp.ClientConnectionError, OSError):
        return [await _could_listen(host, port)]
    if not ours:
        said = f"another program listens on port {port}"
        return [wrong(HERE, said, "Stop it, or choose another PORT.")]
    return [await _ready(look, base)]


async def _ready(look: Look, base: str) -> Finding:
    async with look.http.get(f"{base}/readyz") as answer:
        needs = await answer.json()
    lacking = _lacking(needs)
    if lacking:
        said = f"a bot runs, but without {' and '.join(lacking)}"
        return wrong(HERE, said, "Give it a moment if it has just started; else look at its log.")
    return ok(HERE, "a bot runs, with its database and Discord")


def _lacking(needs: object) -> list[str]:
    told: Mapping[str, object] = needs if isinstance(needs, dict) else {}
    return [words for name, words in _NEEDS.items() if told.get(name) is not True]


async def _could_listen(host: str, port: int) -> Finding:
    try:
        server = await asyncio.start_server(lambda *_: None, host, port)
    except OSError as trouble:
        said = f"nobody can listen at {host}, port {port}: {trouble.strerror or 'not possible'}"
        return wrong(HERE, said, WHERE["HOST"])
    server.close()
    await server.wait_closed()
    return note(HERE, "no bot runs here now", "producer-bot run")


async def reached_from_outside(look: Look) -> list[Finding]:
    """Whether PUBLIC_URL leads to the bot's endpoint: it takes only what is posted."""
    public = look.settings.public_url
    if public is None:
        return []
    try:
        async with look.http.get(public + ENDPOINT, allow_redirects=False) as answer:
            return [_answered(answer)]
    except aiohttp.ClientConnectorCertificateError:
        return [wrong(PUBLIC, "its certificate is not valid: Stripe does not call it", _PROXY)]
    except (aiohttp.ClientError, OSError) as trouble:
        if isinstance(getattr(trouble, "os_error", None), ConnectionRefusedError):
            return [note(PUBLIC, "nobody answers at PUBLIC_URL now", _START)]
        said = f"PUBLIC_URL cannot be reached from here ({type(trouble).__name__})"
        return [wrong(PUBLIC, said, f"{_PROXY} Its name has to lead to this machine.")]


_START = "Start the bot, and check again."
_PROXY = "Look at the proxy in front of the bot (Caddy in the README)."


def _answered(answer: aiohttp.ClientResponse) -> Finding:
    if answer.status == 405 and "POST" in answer.headers.get("Allow", ""):
        return ok(PUBLIC, f"PUBLIC_URL{ENDPOINT} leads to the bot, seen from this machine")
    if answer.status in AT_REST:
        said = f"a proxy answers with {answer.status}: nothing runs behind it now"
        return note(PUBLIC, said, _START)
    if 300 <= answer.status < 400:
        said = f"PUBLIC_URL{ENDPOINT} leads elsewhere ({answer.status}): Stripe does not follow"
        return wrong(PUBLIC, said, "Set PUBLIC_URL, and the endpoint in Stripe, to where it leads.")
    said = f"PUBLIC_URL{ENDPOINT} answers with {answer.status} where the bot says 405"
    return wrong(PUBLIC, said, f"{_PROXY} {WHERE['PUBLIC_URL']}")
