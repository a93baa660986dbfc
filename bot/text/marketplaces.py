"""`/settings shelves`: the other marketplaces and stores where a producer sells."""

from collections.abc import Sequence

from bot.domain.off_sale import Marketplace
from bot.text.language import gettext
from bot.text.message import Color, Message, card
from bot.text.words import safe


def shelves_message(shelves: Sequence[Marketplace], most: int) -> Message:
    """The list, and what it is for."""
    lines = [f"{place}. {safe(one.name, 60)}" for place, one in enumerate(shelves, start=1)]
    if not lines:
        lines = [gettext("None yet. Add one: `/settings shelves add:BeatStars`.")]
    lines += [
        "",
        gettext(
            "When a track is sold exclusively, its alert and `/exclusive` list these beside what "
            "I do in Stripe, for you to tick once you have taken it off there."
        ),
    ]
    footer = gettext("{count} of at most {most}", count=len(shelves), most=most)
    embed = card(Color.LEASE, title=gettext("Where else you sell"), lines=lines, footer=footer)
    return Message(embeds=(embed,))
