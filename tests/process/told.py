"""What the channel tells: which sales, in which messages, and what was said under them."""

from collections.abc import Iterator

from tests.alerts.fake_channel import FakeChannel, Json


def alerts(channel: FakeChannel) -> list[Json]:
    """The messages that tell of sales, oldest first."""
    return [message for message in channel.shown if list(_numbers(message))]


def replies(channel: FakeChannel) -> list[Json]:
    """The short messages under them."""
    return [message for message in channel.shown if "message_reference" in message]


def told(channel: FakeChannel) -> list[int]:
    """The payments in the order in which they are told, each by the number of its first sale."""
    return [number for message in channel.shown for number in _numbers(message)]


def _numbers(message: Json) -> Iterator[int]:
    """The first sale of each payment: its button's, or each choice's of a shared message's menu."""
    for row in message["components"]:
        for part in row["components"]:
            custom_id = part.get("custom_id", "")
            if custom_id.startswith("sale:"):
                yield int(custom_id.removeprefix("sale:"))
            yield from (int(option["value"]) for option in part.get("options", ()))
