"""A channel that everyone can read: the warning in it, and the offer to delete what was told."""

import discord

from bot.text import ids
from bot.text.language import gettext, ngettext
from bot.text.message import Buttons, Message, headed


def public_channel_warning(producer_id: int, *, told_before: bool) -> Message:
    """No sale is told there; `told_before`: what was told while it was private can be read now."""
    warning = gettext(
        "🔒 **Everyone in this server can see this channel, so I show no money here.**\n"
        "Make it private (Edit Channel → Permissions → Private Channel, then add me to it), "
        "or choose another with `/settings channel`. What is to be told here waits, and I tell it "
        "as soon as the channel is private."
    )
    if not told_before:
        return headed(warning)
    above = gettext(
        "**What I told above can now be read by everyone: amounts and buyers' names.** I can "
        "delete my messages above; your sales stay in `/sales`."
    )
    return headed(f"{warning}\n\n{above}", _button(producer_id))


def deletion_question(producer_id: int, warning_id: int, before: int) -> Message:
    """Whether they are really to be deleted; for the asker alone."""
    buttons = [
        discord.ui.Button[discord.ui.View](
            label=gettext("Delete them"),
            custom_id=ids.clear_answer("yes", producer_id, warning_id, before),
            style=discord.ButtonStyle.danger,
        ),
        discord.ui.Button[discord.ui.View](
            label=gettext("Keep them"),
            custom_id=ids.clear_answer("no", producer_id, warning_id, before),
        ),
    ]
    question = gettext(
        "**Delete all messages above that I wrote in this channel? This cannot be undone.** "
        "Messages of others stay, and your sales stay in `/sales`."
    )
    return Message(content=question, view=Buttons(buttons))


def deletion_begun() -> Message:
    """The answer once it is confirmed."""
    return Message(
        content=gettext(
            "I delete my messages above, newest first. Discord allows about one a second; if I am "
            "restarted, I go on. My warning in the channel says when it is done."
        )
    )


def deletion_done(producer_id: int, deleted: int, *, more_before: int | None = None) -> Message:
    """In the place of the warning. `more_before`: where to go on, if not all was looked through."""
    done = ngettext(
        "🔒 **Everyone in this server can see this channel, so I show no money here.** I deleted "
        "{count} of my messages above.",
        "🔒 **Everyone in this server can see this channel, so I show no money here.** I deleted "
        "{count} of my messages above.",
        deleted,
    )
    if more_before is None:
        return headed(done)
    more = gettext("The channel is long: there may be more further up.")
    return headed(f"{done}\n{more}", _button(producer_id, more_before))


def _button(producer_id: int, before: int = 0) -> Buttons:
    button = discord.ui.Button[discord.ui.View](
        label=gettext("Delete my messages above"),
        custom_id=ids.clear(producer_id, before),
        style=discord.ButtonStyle.danger,
    )
    return Buttons([button])
