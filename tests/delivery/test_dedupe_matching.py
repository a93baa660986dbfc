"""Which message in a channel is the one that was about to be sent.

The nonce that makes a repeat harmless.
"""

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.dedupe import LONGEST, is_same, nonce
from bot.text.message import Buttons, Message


def button(custom_id: str) -> discord.ui.Button[Any]:
    return discord.ui.Button(label="Sale", custom_id=custom_id)


def menu(*values: str) -> discord.ui.Select[Any]:
    options = [discord.SelectOption(label=value, value=value) for value in values]
    return discord.ui.Select(custom_id="records", options=options)


def found(draft: Message, under: int | None = None) -> discord.Message:
    """The message as Discord would give it back."""
    rows = draft.view.to_components() if draft.view else []
    return cast(
        "discord.Message",
        SimpleNamespace(
            content=draft.content or "",
            embeds=list(draft.embeds),
            components=[SimpleNamespace(to_dict=lambda row=row: row) for row in rows],
            reference=SimpleNamespace(message_id=under) if under else None,
        ),
    )


async def test_an_alert_is_known_by_its_buttons_whatever_it_says_by_now() -> None:
    draft = Message(content="settling", view=Buttons([button("sale:1:1001")]))
    edited = Message(content="$28.82", view=Buttons([button("sale:1:1001")]))
    assert is_same(draft, None, found(edited))


async def test_an_alert_of_another_sale_is_another() -> None:
    draft = Message(view=Buttons([button("sale:1:1001")]))
    assert not is_same(draft, None, found(Message(view=Buttons([button("sale:1:1002")]))))


async def test_a_shared_message_is_known_by_its_menu_and_not_by_the_menus_name() -> None:
    draft = Message(view=Buttons([menu("1:1001", "1:1002")]))
    assert is_same(draft, None, found(draft))
    assert not is_same(draft, None, found(Message(view=Buttons([menu("1:1003", "1:1004")]))))


async def test_an_address_is_as_good_as_a_button() -> None:
    url = "https://dashboard.stripe.com/payouts/po_1"
    draft = Message(view=Buttons([discord.ui.Button(label="Stripe", url=url)]))
    assert is_same(draft, None, found(draft))


async def test_a_reply_is_known_by_what_it_replies_to() -> None:
    draft = Message(content="$10.00 refunded")
    assert is_same(draft, 7, found(Message(content="$10.00 refunded, settled since"), under=7))
    assert not is_same(draft, 7, found(draft, under=8))


async def test_a_reply_that_became_a_plain_message_is_known_by_its_text() -> None:
    draft = Message(content="$10.00 refunded ")
    assert is_same(draft, 7, found(Message(content="$10.00 refunded")))
    assert not is_same(draft, 7, found(Message(content="$11.00 refunded")))


@pytest.mark.parametrize(("title", "same"), [("3 sales", True), ("4 sales", False)])
async def test_a_message_without_buttons_is_known_by_its_text(title: str, same: bool) -> None:
    draft = Message(embeds=(discord.Embed(title="3 sales", description="all of them\n"),))
    other = Message(embeds=(discord.Embed(title=title, description="all of them"),))
    assert is_same(draft, None, found(other)) is same


@given(st.integers(0, 2**63), st.lists(st.text(max_size=300), min_size=1, max_size=10))
def test_it_is_never_longer_than_discord_takes(channel: int, keys: list[str]) -> None:
    assert 0 < len(nonce(channel, keys)) <= LONGEST


def test_it_is_the_same_after_a_restart() -> None:
    assert nonce(1000, ["announce:payment:1"]) == "7825079212544743180"


def test_it_differs_by_channel_by_news_and_by_company() -> None:
    nonces = {
        nonce(1, ["announce:payment:1"]),
        nonce(2, ["announce:payment:1"]),
        nonce(1, ["announce:payment:2"]),
        nonce(1, ["announce:payment:1", "announce:payment:2"]),
        nonce(1, ["announce:payment:2", "announce:payment:1"]),
        nonce(1, ["reply:refund:re_1"]),
    }
    assert len(nonces) == 6
