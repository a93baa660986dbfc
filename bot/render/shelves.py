"""`/settings shelves`: where else a producer sells."""

from collections.abc import Sequence

from bot.ledger.off_sale import Elsewhere
from bot.render.message import Color, Message, card
from bot.render.words import safe


def shelves_message(shelves: Sequence[Elsewhere], most: int) -> Message:
    """The list, and what it is for."""
    lines = [f"{place}. {safe(one.name, 60)}" for place, one in enumerate(shelves, start=1)]
    if not lines:
        lines = ["None yet. Add one: `/settings shelves add:BeatStars`."]
    lines += [
        "",
        "When a track is sold exclusively, its alert and `/exclusive` list these beside what I do "
        "in Stripe, for you to tick once you have taken it off there.",
    ]
    footer = f"{len(shelves)} of at most {most}"
    embed = card(Color.LEASE, title="Where else you sell", lines=lines, footer=footer)
    return Message(embeds=(embed,))
