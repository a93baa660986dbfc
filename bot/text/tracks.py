"""`/tracks`: what is for sale, how it sells, and which prices name no track or license."""

from collections.abc import Iterator, Sequence

import discord

from bot.domain.sale import Producer, Sale
from bot.domain.track import (
    CataloguePage,
    CatalogueTrack,
    Offer,
    TrackSort,
    TrackStanding,
    UnplacedReason,
)
from bot.text import dashboard, ids
from bot.text.language import gettext, ngettext, phrase, said
from bot.text.message import (
    OPTION,
    Color,
    Message,
    button,
    card,
    clipped,
    field,
    links,
    page_words,
)
from bot.text.problem_words import trouble_words
from bot.text.sale_lines import sales_menu
from bot.text.words import distinct, first_names, in_mode, money, monies, safe, sales_words

SORTS = {
    TrackSort.NAME: phrase("Name"),
    TrackSort.INCOME: phrase("Net income"),
    TrackSort.SALES: phrase("Number of sales"),
    TrackSort.NEWEST: phrase("Newest first"),
}
"""What `/tracks sort:` offers."""
STANDINGS = {
    TrackStanding.ON_SALE: phrase("on sale"),
    TrackStanding.SOLD: phrase("★ **Exclusive** sold"),
    TrackStanding.KEPT_OFF: phrase("kept off sale"),
    TrackStanding.NOT_OFFERED: phrase("not offered"),
}
_AUTHORS = {
    TrackStanding.ON_SALE: phrase("On sale"),
    TrackStanding.SOLD: phrase("Sold exclusively"),
    TrackStanding.KEPT_OFF: phrase("Kept off sale"),
    TrackStanding.NOT_OFFERED: phrase("Not offered"),
}
_COLORS = {
    TrackStanding.ON_SALE: Color.LEASE,
    TrackStanding.SOLD: Color.EXCLUSIVE,
    TrackStanding.KEPT_OFF: Color.REFUNDED,
    TrackStanding.NOT_OFFERED: Color.REFUNDED,
}
HOW_TO_PLACE = {
    UnplacedReason.NO_TRACK: phrase(
        "names no track. Put the track's name into the product's metadata as `track`, or into the "
        "product's name"
    ),
    UnplacedReason.NO_PRICE: phrase(
        "has no price, so nobody can buy it. Add a price for each license"
    ),
    UnplacedReason.RECURRING: phrase("is a subscription. A license needs a one-time price"),
    UnplacedReason.NO_AMOUNT: phrase("has no fixed amount. A license needs a price of its own"),
}
"""What is wrong with a price, and how to fix it in Stripe."""

RULES = phrase("All the naming rules, with examples: `docs/naming.md`.")
NEEDS_KEY = phrase(
    "To see your catalog I need a Stripe key: stop me, run `producer-bot setup` to add one, and "
    "start me again."
)
_LICENSES = 4
"""Licenses of a track that fit on a line of a phone."""
_CURRENCIES = 4
"""Currencies shown of an income."""
_LINKS = 3
"""Payment links shown of an offer."""
_OPEN = (TrackStanding.ON_SALE, TrackStanding.NOT_OFFERED)


def tracks_embed(
    page: CataloguePage, producer: Producer, *, readable: bool = True
) -> discord.Embed:
    """A page of the catalogue. `readable`: whether there is a key that can read it."""
    heads = _heads(page, readable=readable)
    if not page.count:
        embed = _empty(page, producer, heads, readable=readable)
    else:
        title = ngettext("{count} track", "{count} tracks", page.count)
        if readable:
            title += f" · {ngettext('{count} on sale', '{count} on sale', page.on_sale)}"
        embed = card(
            Color.LEASE,
            author=in_mode(gettext("Tracks"), producer),
            title=title,
            lines=[*heads, *_order(page), *(_listed(track) for track in page.tracks)],
            footer=page_words(page.page, page.count),
        )
    if page.unplaced_count:
        name = gettext("Not placed ({count})", count=f"{page.unplaced_count:,}")
        field(embed, name, [_unplaced(page)])
    return embed


def track_message(track: CatalogueTrack, producer: Producer, sales: Sequence[Sale] = ()) -> Message:
    """Everything known about a track: what it is offered for, and its income.

    `sales`: its newest, for a menu that opens them.
    """
    lines = [_sold(track), *_warnings(track)]
    embed = card(
        _COLORS[track.standing],
        author=in_mode(said(_AUTHORS[track.standing]), producer),
        title=safe(track.name, 250),
        lines=lines,
    )
    none = gettext("None is active in Stripe.")
    field(embed, gettext("Licenses"), list(_offers(track)) or [none])
    urls = {offer.product: None for offer in track.offers}
    items = [button(gettext("Rights"), ids.RIGHTS(producer.id, track.id))]
    for label, product in zip(("Stripe", "Stripe 2", "Stripe 3"), urls, strict=False):
        items += links(label, dashboard.catalogue_url(producer, "product", product))
    return Message.of(embed, [*items, *sales_menu(sales, producer)])


def catalogue_options(tracks: Sequence[CatalogueTrack]) -> tuple[discord.SelectOption, ...]:
    """Tracks in a menu."""
    labels = distinct([track.name for track in tracks], OPTION)
    return tuple(
        discord.SelectOption(
            label=label,
            value=ids.track_value(track.id),
            description=f"{_standing(track)} · {sales_words(track.sales)}",
        )
        for track, label in zip(tracks, labels, strict=True)
    )


def _standing(track: CatalogueTrack) -> str:
    return said(STANDINGS[track.standing]).replace("*", "")


def _heads(page: CataloguePage, *, readable: bool) -> list[str]:
    """What to know before reading the list; ends with an empty line."""
    if not readable:
        known = gettext("Tracks known from sales.")
        heads = [f"{known} {said(NEEDS_KEY)}"] if page.count else []
    elif page.trouble:
        trouble = trouble_words(page.trouble)
        heads = [gettext("⚠️ **Stripe could not be read completely:** {trouble}", trouble=trouble)]
    elif page.read is None:
        heads = [gettext("I am still reading your products from Stripe. Ask again in a minute.")]
    else:
        heads = []
    return [*heads, ""] if heads else []


def _order(page: CataloguePage) -> list[str]:
    """The sort order, unless it is by name; ends with an empty line."""
    if page.sort is TrackSort.INCOME and page.currency is not None:
        return [gettext("By net income ({currency})", currency=page.currency.upper()), ""]
    orders = {
        TrackSort.SALES: gettext("Most sales first"),
        TrackSort.NEWEST: gettext("Newest first"),
    }
    return [orders[page.sort], ""] if page.sort in orders else []


def _empty(
    page: CataloguePage, producer: Producer, heads: Sequence[str], *, readable: bool
) -> discord.Embed:
    if not readable:
        lines = [f"{gettext('Tracks appear here once they sell.')} {said(NEEDS_KEY)}"]
    elif page.read is None:
        lines = list(heads)
    else:
        lines = [
            *heads,
            gettext(
                "There is nothing for sale in Stripe. The simplest setup: one product per "
                "track, named after it; one price per license, with the license as its "
                "description."
            ),
            said(RULES),
        ]
    title = gettext("No tracks yet")
    return card(Color.LEASE, author=in_mode(gettext("Tracks"), producer), title=title, lines=lines)


def _listed(track: CatalogueTrack) -> str:
    """Up to three short lines, which a phone does not wrap."""
    lines = [f"**{safe(track.name, 60)}** · {said(STANDINGS[track.standing])}"]
    licenses = _licenses(track)
    if licenses:
        lines.append(licenses)
    lines += _warnings(track)
    if track.sales or track.income:
        lines.append(f"└ {_sold(track)}")
    return "\n".join(lines)


def _sold(track: CatalogueTrack) -> str:
    if not track.sales and not track.income:
        return gettext("No sales yet.")
    more = " + …" if len(track.income) > _CURRENCIES else ""
    income = f"{monies(track.income[:_CURRENCIES])}{more}"
    after = f" · {gettext('**{amount}** net', amount=income)}" if track.income else ""
    return f"{sales_words(track.sales)}{after}"


def _warnings(track: CatalogueTrack) -> list[str]:
    if track.standing in _OPEN or not (track.offers or track.linked):
        return []
    return [gettext("⚠️ Still on sale in Stripe.")]


def _licenses(track: CatalogueTrack) -> str:
    """`Basic Lease $29.99 · **Exclusive** $499.00 · also in EUR, GBP`."""
    if not track.offers:
        return ""
    codes = [offer.amount.currency for offer in track.offers]
    # Of the currencies with the most offers, the one with the highest income.
    brings = {brought.currency: -place for place, brought in enumerate(track.income)}
    main = max(dict.fromkeys(codes), key=lambda code: (codes.count(code), brings.get(code, -99)))
    shown = [offer for offer in track.offers if offer.amount.currency == main]
    parts = [f"{_name(offer, 28)} {money(offer.amount)}" for offer in shown[:_LICENSES]]
    if len(shown) > _LICENSES:
        parts.append(ngettext("{count} more", "{count} more", len(shown) - _LICENSES))
    others = [code.upper() for code in dict.fromkeys(codes) if code != main]
    if others:
        parts.append(gettext("also in {currencies}", currencies=first_names(others, 3)))
    return " · ".join(parts)


def _name(offer: Offer, limit: int) -> str:
    name = safe(offer.license, limit)
    if not offer.exclusive:
        return name
    if "exclusive" in offer.license.casefold():
        return f"**{name}**"
    return f"**{gettext('Exclusive')}** {name}"


def _offers(track: CatalogueTrack) -> Iterator[str]:
    """A line for each license: its prices in all currencies, then its links."""
    by_license: dict[tuple[bool, str], list[Offer]] = {}
    for offer in track.offers:
        by_license.setdefault((offer.exclusive, offer.license), []).append(offer)
    for some in by_license.values():
        line = f"{_name(some[0], 60)} · {' / '.join(money(offer.amount) for offer in some[:6])}"
        urls = [url for offer in some for url in offer.links]
        links = [f"[{gettext('link')}]({url})" for url in urls[:_LINKS] if len(url) <= 200]
        yield " · ".join([line, *links])
    if track.linked and not any(offer.links for offer in track.offers):
        yield gettext("A payment link sells it, together with others or by its own metadata.")


def _unplaced(page: CataloguePage) -> str:
    """The unplaced prices, as many as fit, and how to name them."""
    rules = said(RULES)
    lines = (
        f"**{safe(one.product_name, 60)}** {said(HOW_TO_PLACE[one.reason])}."
        for one in page.unplaced
    )
    shown = clipped(lines, 975 - len(rules), total=page.unplaced_count)
    return f"{shown}\n{rules}"
