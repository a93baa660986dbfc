"""`/tracks`: what is for sale, how it sells, and which prices name no track or license."""

from collections.abc import Iterator, Sequence

import discord

from bot.domain.money import Money
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
    details_button,
    field,
    page_words,
)
from bot.text.problem_words import trouble_words
from bot.text.sale_lines import sales_menu
from bot.text.words import capitalized, distinct, first_names, in_mode, money, safe, sales_words

SORTS = {
    TrackSort.NAME: phrase("Name"),
    TrackSort.INCOME: phrase("Net income"),
    TrackSort.SALES: phrase("Number of sales"),
    TrackSort.NEWEST: phrase("Newest first"),
}
"""What `/tracks sort:` offers."""
STANDINGS = {
    TrackStanding.ON_SALE: phrase("on sale"),
    TrackStanding.SOLD: phrase("⭐ **Exclusive**"),
    TrackStanding.KEPT_OFF: phrase("kept off sale"),
    TrackStanding.NOT_OFFERED: phrase("not for sale"),
}
_AUTHORS = {
    TrackStanding.ON_SALE: phrase("On sale"),
    TrackStanding.SOLD: phrase("Sold exclusively"),
    TrackStanding.KEPT_OFF: phrase("Kept off sale"),
    TrackStanding.NOT_OFFERED: phrase("Not for sale"),
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
_LINKS = 3
"""Payment links shown of an offer."""
_PRICES = 10
"""Prices of a license, in as many currencies."""
_ORDERS = {
    TrackSort.INCOME: phrase("Most earned first"),
    TrackSort.SALES: phrase("Most sales first"),
    TrackSort.NEWEST: phrase("Newest first"),
}
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
        author = gettext("Tracks")
        if page.currencies:
            currency = page.currencies[0].upper()
            author = gettext("Tracks · net in {currency}", currency=currency)
            if not readable:
                author = gettext("Tracks · before fees in {currency}", currency=currency)
            elif any(track.unsettled for track in page.tracks):
                author = gettext("Tracks · {currency}, some fees unknown", currency=currency)
        embed = card(
            Color.LEASE,
            author=in_mode(author, producer),
            title=title,
            lines=[*heads, *_rows(page)],
            footer=" · ".join([page_words(page.page, page.count), *_folded(page)]),
        )
    if page.unplaced_count and not page.page:
        name = gettext("Not placed ({count})", count=f"{page.unplaced_count:,}")
        field(embed, name, [_unplaced(page)])
    return embed


def track_message(
    track: CatalogueTrack, producer: Producer, sales: Sequence[Sale] = (), *, readable: bool = True
) -> Message:
    """One track: its income, and what it is offered for in the currency that is shown first.

    `sales`: its newest, for a menu that opens them. `readable`: as above.
    """
    first, *others = [money(one) for one in track.income] or [""]
    net = gettext("**{amount}** net", amount=first)
    if not readable or track.unsettled == track.sales > 0:
        net = gettext("**{amount}** before fees", amount=first)
    elif track.unsettled:
        net = f"**{first}** {gettext('net, some fees unknown')}"
    lines = [f"{net} · {sales_words(track.sales)}" if track.income else gettext("No sales yet.")]
    if others:
        lines.append(gettext("also {amounts}", amounts=" + ".join(others)))
    embed = card(
        _COLORS[track.standing],
        author=in_mode(said(_AUTHORS[track.standing]), producer),
        title=safe(track.name, 250),
        lines=[*lines, *_warnings(track)],
    )
    none = gettext("None is active in Stripe.")
    field(embed, gettext("Licenses"), list(_offers(track)) or [none])
    items = [
        button(gettext("Exclusive rights"), ids.RIGHTS(producer.id, track.id)),
        details_button(ids.TRACK_DETAILS(producer.id, track.id)),
    ]
    return Message.of(embed, [*items, *sales_menu(sales, producer)])


def track_details(track: CatalogueTrack, producer: Producer) -> Message:
    """Every price of a track with its payment links, and what of it is where at Stripe."""
    embed = card(
        _COLORS[track.standing],
        author=in_mode(gettext("Details"), producer),
        title=safe(track.name, 250),
        lines=[*_prices(track)] or [gettext("None is active in Stripe.")],
    )
    products = dict.fromkeys(offer.product for offer in track.offers)
    places = [
        f"[`{product}`]({url})"
        for product in products
        if (url := dashboard.catalogue_url(producer, "product", product))
    ]
    field(embed, gettext("At Stripe"), places)
    return Message.of(embed)


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


def _rows(page: CataloguePage) -> list[str]:
    """How the list is sorted and what most tracks cost; then a line for each track."""
    main = _main_currency(page)
    ranges = [
        _price_range(track, main)
        for track in page.tracks
        if track.standing is TrackStanding.ON_SALE
    ]
    usual = max(ranges, key=ranges.count, default="")
    if ranges.count(usual) < 2:
        usual = ""
    heads = [said(_ORDERS[page.sort])] if page.sort in _ORDERS else []
    heads += [gettext("prices {range}", range=usual)] if usual else []
    head = [capitalized(" · ".join(heads)), ""] if heads else []
    return [*head, *(_listed(track, page.sort, main, usual) for track in page.tracks)]


def _folded(page: CataloguePage) -> list[str]:
    """That tracks brought more than the list shows, which has one amount a track."""
    more = any(len(track.income) > 1 for track in page.tracks)
    return [gettext("other currencies: open a track")] if more else []


def _main_currency(page: CataloguePage) -> str:
    """The currency of the list's figures: without any sale, the one of most offers."""
    offered = [offer.amount.currency for track in page.tracks for offer in track.offers]
    return next(iter(page.currencies), max(offered, key=offered.count, default=""))


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


def _listed(track: CatalogueTrack, sort: TrackSort, main: str, usual: str) -> str:
    """`**$1,245.20** · Midnight Drive`: what it brought, its name, and what is special about it.

    `usual`: the prices of most tracks, which the list has said already.
    """
    name = safe(track.name, 60)
    if sort is TrackSort.SALES:
        parts = [f"**{sales_words(track.sales)}**", name, *map(money, track.income[:1])]
    elif track.income:
        parts = [f"**{money(track.income[0])}**", name]
    else:
        parts = [f"**{money(Money(0, main))}**" if main else "**–**", name]
    prices = _price_range(track, main)
    if track.standing is not TrackStanding.ON_SALE:
        # A star alone at a line's end would be the next word's.
        parts.append(said(STANDINGS[track.standing]).replace("⭐ ", "⭐\N{NO-BREAK SPACE}"))
    elif prices and prices != usual:
        parts.append(prices)
    return "\n".join([" · ".join(parts), *_warnings(track)])


def _price_range(track: CatalogueTrack, main: str) -> str:
    """`$29.99–$499.00`, in the list's currency if the track is offered in it."""
    codes = [offer.amount.currency for offer in track.offers]
    if not codes:
        return ""
    code = main if main in codes else max(codes, key=codes.count)
    amounts = [offer.amount for offer in track.offers if offer.amount.currency == code]
    least, most = min(amounts), max(amounts)
    return money(least) if least == most else f"{money(least)}–{money(most)}"


def _warnings(track: CatalogueTrack) -> list[str]:
    if track.standing in _OPEN or not (track.offers or track.linked):
        return []
    return [gettext("⚠️ Still on sale in Stripe.")]


def _name(offer: Offer, limit: int) -> str:
    name = safe(offer.license, limit)
    if not offer.exclusive:
        return name
    if "exclusive" in offer.license.casefold():
        return f"**{name}**"
    return f"**{gettext('Exclusive')}** {name}"


def _offers(track: CatalogueTrack) -> Iterator[str]:
    """A line for each license: its price in the currency that is shown first, and its link."""
    others: dict[str, None] = {}
    for first, *more in _by_license(track).values():
        line = f"**{money(first.amount)}** {_name(first, 60)}"
        yield " · ".join([line, *_links([first], 1)])
        others |= dict.fromkeys(offer.amount.currency.upper() for offer in more)
    if others:
        names = first_names(list(others), 3)
        yield gettext("Also in {currencies}: see Details.", currencies=names)
    if track.linked and not any(offer.links for offer in track.offers):
        yield gettext("A payment link sells it, together with others or by its own metadata.")


def _prices(track: CatalogueTrack) -> Iterator[str]:
    for some in _by_license(track).values():
        yield _name(some[0], 60)
        yield " · ".join(
            [*(money(offer.amount) for offer in some[:_PRICES]), *_links(some, _LINKS)]
        )


def _by_license(track: CatalogueTrack) -> dict[tuple[bool, str], list[Offer]]:
    found: dict[tuple[bool, str], list[Offer]] = {}
    for offer in track.offers:
        found.setdefault((offer.exclusive, offer.license), []).append(offer)
    return found


def _links(offers: Sequence[Offer], most: int) -> list[str]:
    urls = [url for offer in offers for url in offer.links]
    return [f"[{gettext('link')}]({url})" for url in urls[:most] if len(url) <= 200]


def _unplaced(page: CataloguePage) -> str:
    """The unplaced prices, as many as fit, and how to name them."""
    rules = said(RULES)
    lines = (
        f"**{safe(one.product_name, 60)}** {said(HOW_TO_PLACE[one.reason])}."
        for one in page.unplaced
    )
    shown = clipped(lines, 975 - len(rules), total=page.unplaced_count)
    return f"{shown}\n{rules}"
