"""`/settings seller`: the names that licenses show."""

from bot.domain.sale import Producer
from bot.text.language import gettext
from bot.text.message import Message
from bot.text.settings import preference_changed
from bot.text.words import safe

_LONGEST = 100


def seller_names(producer: Producer) -> Message:
    """Both names as they are now."""
    return preference_changed(_artist(producer), _legal(producer), _where())


def _artist(producer: Producer) -> str:
    if producer.name is None:
        return gettext("Artist name: **none yet**. Add it: `/settings seller artist:Night Owl`")
    name = safe(producer.name, _LONGEST)
    if producer.preferences.artist_name is not None:
        return gettext("Artist name: **{name}**", name=name)
    return gettext("Artist name: **{name}** (from Stripe or your server)", name=name)


def _legal(producer: Producer) -> str:
    legal = producer.preferences.legal_name
    if legal is None:
        return gettext("Legal name: **none yet**. A contract needs one: `/settings seller legal:…`")
    return gettext("Legal name: **{name}**", name=safe(legal, _LONGEST))


def _where() -> str:
    return gettext("Licenses show both, your page only the artist name.")
