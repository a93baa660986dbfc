"""What the Stripe key may do, in words: for `/settings show` and for the terminal."""

from collections.abc import Sequence

from bot.domain.key_permissions import Ability, Access, Resource
from bot.text.language import Phrase, gettext, phrase, said

NAMES: dict[Resource, str] = {
    Resource.CHECKOUTS: "Checkout Sessions",
    Resource.LINKS: "Payment Links",
    Resource.PRODUCTS: "Products",
    Resource.PRICES: "Prices",
    Resource.INTENTS: "PaymentIntents",
    Resource.CHARGES: "Charges and Refunds",
    Resource.BALANCE: "Balance",
    Resource.SOURCES: "Balance Transaction Sources",
    Resource.DISPUTES: "Disputes",
    Resource.PAYOUTS: "Payouts",
    Resource.EVENTS: "Events",
    Resource.ACCOUNT: "Accounts",
    Resource.ENDPOINTS: "Webhook Endpoints",
}
"""As Stripe's Dashboard calls them, in English, where one ticks them."""

_READ: dict[Resource, Phrase] = {
    Resource.CHECKOUTS: phrase("what was bought, and by whom"),
    Resource.LINKS: phrase("which tracks your links sell"),
    Resource.PRODUCTS: phrase("the names of your tracks"),
    Resource.PRICES: phrase("your licenses and what they cost"),
    Resource.INTENTS: phrase("the payment behind a checkout"),
    Resource.CHARGES: phrase("what was paid and refunded"),
    Resource.BALANCE: phrase("the fees, and what a payout is made of"),
    Resource.SOURCES: phrase(
        "which sale each balance transaction is for (the import and the audit use it), and "
        "whether a platform returned its fee"
    ),
    Resource.DISPUTES: phrase("what a bank asks, and the deadline for your answer"),
    Resource.PAYOUTS: phrase("what is on its way to your bank"),
    Resource.EVENTS: phrase("what happened while the bot was offline"),
    Resource.ACCOUNT: phrase("your time zone and your account's id"),
    Resource.ENDPOINTS: phrase("whether webhooks are set up right"),
}
_WRITTEN: dict[Resource, Phrase] = {
    Resource.CHECKOUTS: phrase(
        "a checkout for a buyer on your page; closing those of a track that was sold exclusively"
    ),
    Resource.LINKS: phrase("turning them off once a track is sold exclusively"),
    Resource.PRODUCTS: phrase("archiving one that was sold exclusively"),
    Resource.PRICES: phrase("archiving those of a track that was sold exclusively"),
}


def needed_for(ability: Ability) -> str:
    """What the bot does with it."""
    return said((_WRITTEN if ability.writes else _READ)[ability.resource])


def abilities_lines(found: Sequence[Ability]) -> list[str]:
    """The key in a few lines; none while nothing is known about it."""
    if not found:
        return []
    denied = [one for one in found if lacks(one) and not one.writes]
    unanswered = [one for one in found if one.access is Access.UNKNOWN and not one.writes]
    lines = [
        gettext(
            "⚠️ The key can't read **{name}** (`{permission}`): {purpose}",
            name=NAMES[one.resource],
            permission=one.permission,
            purpose=needed_for(one),
        )
        for one in denied
    ]
    if unanswered:
        names = ", ".join(NAMES[one.resource] for one in unanswered)
        lines.append(gettext("Stripe did not say whether the key may read: {names}", names=names))
    if not lines:
        lines.append(gettext("Reads everything I need"))
    if any(one.writes and one.access is Access.UNKNOWN for one in found):
        lines.append(gettext("Writing can't be tested safely"))
    return lines


def lacks(ability: Ability) -> bool:
    """Whether the bot cannot do something that it is there for."""
    return ability.access is Access.DENIED and not ability.resource.optional
