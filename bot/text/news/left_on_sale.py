"""Tracks sold exclusively before the bot was there that Stripe still sells: shall it end that?"""

import discord

from bot.domain.off_sale import LeftOnSale, LeftTrack, TakingOff
from bot.domain.records import Producer
from bot.text import ids
from bot.text.language import gettext, ngettext
from bot.text.message import OPTION, Buttons, Message, clipped, headed
from bot.text.words import distinct, in_mode, safe, timestamp

_ROOM = 1000


def left_on_sale(left: LeftOnSale, producer: Producer) -> Message:
    """What can still be bought, and the buttons that end it: in the producer's channel."""
    if not left.count:
        return headed(in_mode(_none_left(), livemode=producer.livemode))
    lines = [
        ngettext(
            "★ **{count} track that was sold exclusively is still on sale in Stripe.** It was sold "
            "before I was here, so I have changed nothing.",
            "★ **{count} tracks that were sold exclusively are still on sale in Stripe.** They "
            "were sold before I was here, so I have changed nothing.",
            left.count,
        ),
        clipped(map(_line, left.tracks), _ROOM, total=left.count),
        gettext(
            "If you say so, I switch off payment links, close open checkouts, and archive products "
            "and prices. `/exclusive` with a track lists what that is."
        ),
    ]
    return headed(in_mode("\n".join(lines), livemode=producer.livemode), _view(left, producer))


def going_off_sale(left: LeftOnSale, producer: Producer, taking: TakingOff | None) -> Message:
    """What the message becomes once somebody has said so: how far it is, and what is left."""
    if taking is None:
        return left_on_sale(left, producer)
    line = _progress(taking)
    if not left.count:
        return headed(in_mode(line, livemode=producer.livemode))
    rest = left_on_sale(left, producer)
    [embed] = rest.embeds
    embed.description = f"{embed.description}\n{line}"
    return rest


def _progress(taking: TakingOff) -> str:
    who = {"by": f"<@{taking.by}>", "at": timestamp(taking.at)}
    if taking.done < taking.tracks:
        return ngettext(
            "⏳ Taking {count} track off sale, {done} done: {by}, {at}.",
            "⏳ Taking {count} tracks off sale, {done} done: {by}, {at}.",
            taking.tracks,
            done=taking.done,
            **who,
        )
    return ngettext(
        "☑ Took care of {count} track: {by}, {at}. `/exclusive` shows each step.",
        "☑ Took care of {count} tracks: {by}, {at}. `/exclusive` shows each step.",
        taking.tracks,
        **who,
    )


def _line(track: LeftTrack) -> str:
    name = safe(track.name, 60)
    if track.possible:
        return f"- **{name}** · `#{track.number}`"
    only_you = gettext("only you can: `/exclusive` says what")
    return f"- **{name}** · `#{track.number}` · ✋ {only_you}"


def _none_left() -> str:
    return gettext("★ No track that was sold exclusively is on sale in Stripe any more.")


def _view(left: LeftOnSale, producer: Producer) -> discord.ui.View | None:
    possible = [track for track in left.tracks if track.possible]
    if not left.possible:
        return None
    label = ngettext("Take it off sale", "Take all {count} off sale", left.possible)
    every: discord.ui.Button[discord.ui.View] = discord.ui.Button(
        label=label,
        custom_id=ids.left_on_sale(producer.id, "all"),
        style=discord.ButtonStyle.primary,
    )
    if left.possible == 1 or not possible:
        return Buttons([every])
    labels = distinct([track.name for track in possible], OPTION)
    some: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=ids.left_on_sale(producer.id, "some"),
        placeholder=gettext("Take only some off sale"),
        min_values=1,
        max_values=len(possible),
        options=[
            discord.SelectOption(label=label, value=str(track.id))
            for track, label in zip(possible, labels, strict=True)
        ],
    )
    return Buttons([every, some])
