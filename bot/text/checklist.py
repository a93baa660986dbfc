"""The checklist of a track that is taken off sale: what is done, and what is up to the producer."""

from collections.abc import Iterator, Mapping, Sequence

import discord

from bot.domain.off_sale import (
    MAY_PASS,
    WAITS_FOR_A_WORD,
    Obstacle,
    OffSale,
    Step,
    StepKind,
    StepState,
)
from bot.domain.sale import Producer
from bot.text import dashboard, ids
from bot.text.language import Phrase, gettext, ngettext, phrase, said
from bot.text.message import FIELD_VALUE, Item, button, clipped, menus
from bot.text.words import plain, safe

DONE, OPEN, BY_HAND = "☑", "☐", "✋"
_NAME = 60

_WHAT = {
    StepKind.LINK: phrase("Payment link"),
    StepKind.PRODUCT: phrase("Product"),
    StepKind.PRICE: phrase("Price"),
    StepKind.SESSION: phrase("Open checkout"),
}

_WHY: Mapping[Obstacle, Phrase] = {
    Obstacle.SHARED: phrase("sells something else too: replace it with one without this track"),
    Obstacle.DEFAULT: phrase("is the default price: choose another, then archive it"),
    Obstacle.DENIED: phrase("my key can't change it"),
    Obstacle.REFUSED: phrase("Stripe refused it"),
    Obstacle.OLD: phrase("was on sale before I was added, so I left it alone"),
    Obstacle.BACK: phrase("was put back on sale later"),
    Obstacle.RENAMED: phrase("has a new name. Same music? Take it off sale"),
    Obstacle.UNSEEN: phrase("my key can't see your links: turn off this track's"),
}


def progress(off: OffSale) -> str:
    """`2 to take down`, `Taken down · all done`, for a heading."""
    left = sum(step.state is not StepState.DONE for step in _counted(off.steps))
    left += sum(not place.ticked for place in off.elsewhere)
    if not left:
        return gettext("Taken down · all done")
    return ngettext("{count} to take down", "{count} to take down", left)


def checklist(off: OffSale, producer: Producer, room: int = FIELD_VALUE) -> str:
    """A line for each thing that the producer does; what the bot does in Stripe is one line.

    For a track that is on sale again: what is still turned off, and where to turn it on.
    """
    if not off.off:
        return clipped(list(_switched_off(off.steps, producer)), room)
    lines = [
        *_by_hand(off.steps, producer),
        *(f"{DONE if one.ticked else OPEN} {safe(one.name, _NAME)}" for one in off.elsewhere),
        *_in_stripe(off.steps, StepState.OPEN),
        *_in_stripe(off.steps, StepState.DONE),
    ]
    return clipped(lines, room)


def brief(off: OffSale) -> str:
    """The checklist in one line."""
    by_hand = sum(step.state is StepState.BY_HAND for step in off.steps)
    if not by_hand:
        return progress(off)
    left = ngettext("{count} up to you: `/exclusive`", "{count} up to you: `/exclusive`", by_hand)
    return f"{progress(off)} · {BY_HAND} {left}"


def may_go_ahead(off: OffSale | None) -> bool:
    """Whether a step waits for the producer's consent, or may work by now."""
    asked = WAITS_FOR_A_WORD | MAY_PASS
    return off is not None and off.off and any(step.obstacle in asked for step in off.steps)


def go_ahead_button(off: OffSale, producer: Producer) -> Item:
    """The button with which the bot takes it off sale, or tries again."""
    waits = any(step.obstacle in WAITS_FOR_A_WORD for step in off.steps)
    label = gettext("Take it off sale") if waits else gettext("Try again")
    return button(label, ids.OFF_SALE(producer.id, off.track_id), discord.ButtonStyle.primary)


def elsewhere_menu(place: str, off: OffSale, producer: Producer) -> list[Item]:
    """The menu in which other stores are checked off; `place` as in its id."""
    options = [
        discord.SelectOption(label=plain(one.name, _NAME), value=str(one.id), default=one.ticked)
        for one in off.elsewhere
    ]
    custom_id = ids.ELSEWHERE(place, producer.id, off.track_id)
    invitation = gettext("Mark as taken down")
    return menus(custom_id, options, invitation, several=True, none=True)


def _counted(steps: Sequence[Step]) -> list[Step]:
    """The steps to do: closed Checkouts belong to the one step for all of them."""
    return [step for step in steps if step.kind is not StepKind.SESSION or not step.object]


def _by_hand(steps: Sequence[Step], producer: Producer) -> Iterator[str]:
    for step in steps:
        if step.state is StepState.BY_HAND and step.obstacle is not None:
            if step.kind is StepKind.SESSION:
                stays = gettext("Open checkouts: my key can't close them. They end within a day")
                yield f"{BY_HAND} {stays}"
            else:
                yield f"{BY_HAND} {_linked(step, producer)} {said(_WHY[step.obstacle])}"


def _in_stripe(steps: Sequence[Step], state: StepState) -> Iterator[str]:
    """`☑ Stripe: 4 links · 1 product · 12 prices`: the bot's steps in this state, in one line."""
    its = [step for step in _counted(steps) if step.state is state]
    if not its:
        return
    closed = sum(step.kind is StepKind.SESSION and bool(step.object) for step in steps)
    parts = []
    for kind in StepKind:
        count = sum(step.kind is kind for step in its)
        if count and kind is StepKind.SESSION:
            parts.append(_checkouts(closed, done=state is StepState.DONE))
        elif count:
            parts.append(_counts(kind, count))
    # What needed nothing is left out, unless it is all there was.
    words = " · ".join(filter(None, parts)) or gettext("nothing was on sale")
    line = f"{DONE if state is StepState.DONE else OPEN} Stripe: {words}"
    down = any(step.obstacle is Obstacle.DOWN for step in its)
    yield f"{line} · {gettext('not answering, I keep trying')}" if down else line


def _counts(kind: StepKind, count: int) -> str:
    match kind:
        case StepKind.PRODUCT:
            return ngettext("{count} product", "{count} products", count)
        case StepKind.PRICE:
            return ngettext("{count} price", "{count} prices", count)
        case _:
            return ngettext("{count} link", "{count} links", count)


def _checkouts(closed: int, *, done: bool) -> str:
    """Those that were closed; or that they are still to be."""
    if not done:
        return gettext("open checkouts")
    return ngettext("{count} checkout", "{count} checkouts", closed) if closed else ""


def _switched_off(steps: Sequence[Step], producer: Producer) -> Iterator[str]:
    there = [step for step in steps if step.kind is not StepKind.SESSION]
    if there:
        yield gettext("What I turned off stays off. To sell it again, turn on in Stripe:")
    # A price is useless as long as its product is archived.
    for kind in (StepKind.PRODUCT, StepKind.PRICE, StepKind.LINK):
        for step in there:
            if step.kind is kind:
                yield f"{OPEN} {_linked(step, producer)}"


def _linked(step: Step, producer: Producer) -> str:
    """`[Payment link](https://dashboard…) buy.stripe.com/abc`."""
    word = said(_WHAT[step.kind])
    url = dashboard.catalogue_url(producer, step.kind.value, step.object)
    name = safe(step.name.removeprefix("https://"), _NAME) if step.name else ""
    linked = f"[{word}]({url})" if url else word
    return f"{linked} {name}".rstrip()
