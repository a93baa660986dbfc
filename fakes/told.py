"""What the channel tells: which sales, in which messages, and what was said under them."""

from collections.abc import Iterator

from fakes.discord.channels import FakeChannel, Json


def alerts(channel: FakeChannel) -> list[Json]:
    """The messages that tell of sales, oldest first."""
    return [message for message in channel.shown if list(_numbers(message))]


def replies(channel: FakeChannel) -> list[Json]:
    """The short messages under them."""
    return [message for message in channel.shown if "message_reference" in message]


def told(channel: FakeChannel) -> list[int]:
    """The payments in the order in which they are told, each by the number of its first sale."""
    return [number for message in channel.shown for number in _numbers(message)]


def button(message: Json, label: str) -> str:
    """The custom id of a message's button."""
    [found] = [part["custom_id"] for part in _parts(message) if part.get("label") == label]
    return str(found)


def _numbers(message: Json) -> Iterator[int]:
    """The first sale of each payment: its button's, or each choice's of a shared message's menu."""
    for part in _parts(message):
        if part.get("label") == "Sale":
            yield _number(part["custom_id"])
        yield from (_number(option["value"]) for option in part.get("options", ()))


def _number(name: str) -> int:
    """A sale's number stands last in what names it."""
    return int(name.rpartition(":")[2])


def _parts(message: Json) -> Iterator[Json]:
    for row in message["components"]:
        yield from row["components"]
