"""`/settings shelves`: the other marketplaces and stores where a producer sells."""

from collections.abc import Sequence

from bot.domain.off_sale import Marketplace
from bot.text.language import gettext
from bot.text.message import Color, Message, card
from bot.text.words import safe


def marketplaces_message(stores: Sequence[Marketplace], most: int) -> Message:
    """The list and its purpose."""
    lines = [f"{place}. {safe(one.name, 60)}" for place, one in enumerate(stores, start=1)]
    if not lines:
        lines = [gettext("None yet. Add one: `/settings shelves add:BeatStars`.")]
    lines += [
        "",
        gettext(
            "After an exclusive sale, its alert and `/exclusive` list these stores next to "
            "what I do in Stripe. Check each one off once the track is down there."
        ),
    ]
    footer = gettext("{count} of {most}", count=len(stores), most=most)
    embed = card(Color.LEASE, title=gettext("Where else you sell"), lines=lines, footer=footer)
    return Message.of(embed)
