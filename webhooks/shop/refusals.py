"""What the shop says when it cannot do what was asked: a row each, with its status."""

from collections.abc import Mapping
from dataclasses import dataclass

from webhooks.shop.purchase import Refusal


@dataclass(frozen=True, slots=True)
class Notice:
    """A page that says why: its HTTP status and its words."""

    status: int
    title: str
    paragraphs: tuple[str, ...]


NOTHING_HERE = Notice(
    404,
    "There is no such page",
    ("The address may have been mistyped or cut off.",),
)
NO_PAGE = Notice(404, "There is no such page", ("The list of tracks is shorter than that.",))
NO_TRACK = Notice(
    404,
    "There is no such track",
    (
        "The address may have been mistyped or cut off, or the track was taken out of the shop.",
        "All that can be bought is on the first page.",
    ),
)
NO_TERMS = Notice(
    404, "There are no such terms", ("Each license on sale links to the terms it is sold under.",)
)
NOTHING_BOUGHT = Notice(
    404,
    "Nothing to show here",
    ("Stripe brings you to this page after a payment. Its address has to be complete.",),
)
SOLD = Notice(
    410,
    "Sold exclusively",
    (
        "Somebody has bought this track exclusively, so it cannot be licensed any more. Licenses "
        "sold before stay valid.",
    ),
)
OFF_SALE = Notice(
    410, "Not for sale at the moment", ("The producer has taken this track off sale.",)
)
NOT_AT_THIS_PRICE = Notice(
    409,
    "This price is no longer offered",
    ("The shop has changed since you opened the page. Nothing was charged.",),
)
UNKNOWN_PRICE = Notice(
    404, "There is no such price", ("The button may be from an old page. Nothing was charged.",)
)
FOREIGN = Notice(
    403,
    "Please buy from the shop itself",
    ("This came from another site, so nothing was done. The shop has the same button.",),
)
TOO_MANY = Notice(
    429,
    "One moment, please",
    ("You have gone to the payment many times in a row. Wait a little, then try again.",),
)
BUSY = Notice(
    429,
    "One moment, please",
    ("Very many are going to the payment right now. Nothing was charged: try again in a minute.",),
)
STRIPE_DOWN = Notice(
    503,
    "The payment page cannot be reached",
    ("Stripe does not answer right now. Nothing was charged: please try again in a minute.",),
)
NOT_SET_UP = Notice(
    503,
    "This cannot be bought here right now",
    ("Nothing was charged. Please ask the producer, who can sell it to you another way.",),
)
STORE_AWAY = Notice(
    503,
    "Please try again in a minute",
    ("The shop cannot be read right now. Nothing is lost.",),
)
LEADING_ON = Notice(200, "On to the payment", ("It opens by itself. If not, here it is.",))

OF_THE_TILL: Mapping[Refusal, Notice] = {
    Refusal.UNKNOWN: UNKNOWN_PRICE,
    Refusal.SOLD: SOLD,
    Refusal.OFF_SALE: NOT_AT_THIS_PRICE,
    Refusal.NOT_SET_UP: NOT_SET_UP,
    Refusal.DOWN: STRIPE_DOWN,
    Refusal.BUSY: BUSY,
}
