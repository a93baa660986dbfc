"""What the channel shows in the end, held against what was sold."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set

from fakes.discord.channels import FakeChannel, Json, text
from fakes.told import alerts, replies, told

SHOWN = 5
"""So many of what was found are named."""


def judge(channel: FakeChannel, sold: Set[str], known: Mapping[int, str]) -> Iterator[str]:
    """Say what is not as it should be: payments told twice or not at all, and the like.

    `sold`: the keys of all payments to be told; `known`: those that the bot has written down, by
    the number of their first sale.
    """
    times = Counter(known.get(number, f"#{number}") for number in told(channel))
    yield from named("told more than once", (key for key, count in times.items() if count > 1))
    yield from named("not told", sold - times.keys())
    yield from named("not written down", sold - set(known.values()))
    said = Counter(_said(reply) for reply in replies(channel))
    yield from named("replies said twice", (reply for reply, count in said.items() if count > 1))
    unsettled = (alert["id"] for alert in alerts(channel) if "settling" in text(alert))
    yield from named("alerts without the fees", unsettled)


def _said(reply: Json) -> str:
    """All of it: its first line may be the same for two sales of one license."""
    return f"{reply['message_reference']}: {text(reply)}"


def named(what: str, found: Iterable[str]) -> Iterator[str]:
    """How many there are of something, and the first of them; nothing where there are none."""
    listed = sorted(found)
    if listed:
        more = " …" if len(listed) > SHOWN else ""
        yield f"{len(listed)} {what}: {', '.join(listed[:SHOWN])}{more}"
