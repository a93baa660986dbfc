"""Taking a track off sale: what has to be done in Stripe, how far it is, and what follows next.

The steps of a track are a function of its listings in Stripe, of whether it is off sale, and of the
steps there were: computed again whenever one of these changes, in any order.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from bot.domain.track import TrackListings

EVERY_CHECKOUT = ""
"""The object of the step that closes all open Checkouts of a track; those closed have theirs."""


class StepKind(StrEnum):
    """What is to be done."""

    LINK = "link"
    """Switch a payment link off."""
    SESSION = "session"
    """Close open Checkouts."""
    PRODUCT = "product"
    """Archive a product."""
    PRICE = "price"
    """Archive a price."""


class StepState(StrEnum):
    """How far a step is."""

    OPEN = "open"
    """The bot does it, as soon as it can."""
    BY_HAND = "by_hand"
    """Only the producer can, or has to decide; ticked as soon as Stripe says it is done."""
    DONE = "done"


class Obstacle(StrEnum):
    """Why a step is not done yet."""

    SHARED = "shared"
    """A link that sells something else, too."""
    DEFAULT = "default"
    """A price that Stripe does not let one archive: its product, which other tracks need, has it
    as its default price."""
    DENIED = "denied"
    """The key may not."""
    REFUSED = "refused"
    """Stripe does not take it."""
    DOWN = "down"
    """Stripe did not answer; asked again by itself."""
    OLD = "old"
    """The track was sold before the bot was installed: it was not asked to change anything."""
    BACK = "back"
    """It was done, and then undone by another person."""
    RENAMED = "renamed"
    """It goes by the name of another track now: perhaps the same music, perhaps not."""
    UNSEEN = "unseen"
    """The key may not see any payment links."""


WAITS_FOR_A_WORD = frozenset({Obstacle.OLD, Obstacle.BACK, Obstacle.RENAMED})
"""What the bot can do, but not unasked."""
MAY_PASS = frozenset({Obstacle.DENIED, Obstacle.REFUSED})
"""What may be otherwise by now: tried again now and then."""

Key: TypeAlias = tuple[StepKind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do in Stripe so that a track can no longer be bought."""

    kind: StepKind
    object: str
    """plink_…, cs_…, prod_…, price_…; empty for `EVERY_CHECKOUT` and for unseen links."""
    name: str
    """What a person knows it by: a link's address, a product's name, a license. Hostile."""
    state: StepState
    obstacle: Obstacle | None = None
    attempts: int = 0
    """How often it was tried in vain."""
    done: datetime | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.object


@dataclass(frozen=True, slots=True, kw_only=True)
class Marketplace:
    """A marketplace outside Stripe."""

    id: int
    name: str
    """In their words; hostile."""
    ticked: bool = False
    """Whether the track was taken off there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffSale:
    """How far a track is off sale."""

    track_id: int
    track: str
    number: int | None
    """Of the sale that holds it; None if none does."""
    off: bool
    """Whether it shall be off sale at all; else its steps are what is still switched off."""
    steps: tuple[Step, ...]
    elsewhere: tuple[Marketplace, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftTrack:
    """A track that was sold exclusively before the bot was there and can still be bought."""

    id: int
    name: str
    """Hostile."""
    number: int
    """Of the sale that holds it."""
    possible: bool
    """Whether there is something that the bot can do about it; else only the producer can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOnSale:
    """All of these."""

    tracks: tuple[LeftTrack, ...]
    """The first of them, by name."""
    count: int
    possible: int
    """How many of all the bot can do something about."""


class TakingOff(NamedTuple):
    """Tracks that one command takes off sale."""

    by: int
    """Who said so: their Discord id."""
    at: datetime
    tracks: int
    """How many there are."""
    done: int
    """Of how many nothing is left that the bot can do."""


class Listing(NamedTuple):
    """Something in Stripe as a step would find it."""

    name: str
    active: bool
    obstacle: Obstacle | None = None


def listing_keys(listings: TrackListings) -> set[Key]:
    """Everything that sells a track, including what stays on sale for others."""
    return {
        *((StepKind.LINK, link.id) for link in listings.links),
        *((StepKind.PRODUCT, product.id) for product in listings.products),
        *((StepKind.PRICE, price.id) for price in listings.prices),
    }


class Changes(NamedTuple):
    """What is to be written of a track's steps."""

    new: tuple[Step, ...]
    changed: tuple[Step, ...]
    dropped: tuple[Key, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.dropped)


def listings_of(listings: TrackListings, *, links_seen: bool = True) -> dict[Key, Listing]:
    """What has to be switched off of a track, by what a step would go by.

    A product that other tracks need stays: archiving the track's prices is enough. The default
    price of one that does not goes with it.
    """
    own = {product.id for product in listings.products if not product.shared}
    found: dict[Key, Listing] = {}
    for link in listings.links:
        obstacle = Obstacle.SHARED if link.shared else None
        found[StepKind.LINK, link.id] = Listing(link.url or link.id, link.active, obstacle)
    for product in listings.products:
        if not product.shared:
            found[StepKind.PRODUCT, product.id] = Listing(product.name, product.active)
    for price in listings.prices:
        if not (price.default and price.product in own):
            obstacle = Obstacle.DEFAULT if price.default else None
            found[StepKind.PRICE, price.id] = Listing(price.name, price.active, obstacle)
    if not links_seen:
        sold = any(listing.active for listing in found.values())
        found[StepKind.LINK, ""] = Listing("", sold, Obstacle.UNSEEN)
    return found


def changes(
    listed: Mapping[Key, Listing],
    known: Mapping[Key, Step],
    *,
    off: bool,
    asked: bool,
    needed: Iterable[Key] = (),
    renamed: Iterable[Key] = (),
    now: datetime,
) -> Changes:
    """What becomes of a track's steps.

    `off`: whether it is off sale; `asked`: whether the bot is to do something about it by itself.
    Of the known ones whose object is still active, but not among the listings: `needed` are those
    that other tracks need; `renamed` those that sell another track by now, as far as their names
    say.
    What was done is never undone: it stays until it is on sale again.
    """
    keep_on, other = set(needed), set(renamed)
    changed, dropped = [], []
    for key, step in known.items():
        if key in keep_on:
            after = None
        elif key in other:
            after = _renamed(step) if off else None
        else:
            after = _dropped_or(step, listed.get(key), off=off, now=now)
        if after is None:
            dropped.append(key)
        elif after != step:
            changed.append(after)
    new = tuple(_new(listed, known, asked=asked)) if off else ()
    return Changes(new, tuple(changed), tuple(dropped))


def _dropped_or(step: Step, listing: Listing | None, *, off: bool, now: datetime) -> Step | None:
    """The step as it is now; None if it is gone."""
    if step.kind is StepKind.SESSION:
        return step if off else None
    if not step.object:
        # Only the producer knows if there are links that the key may not see.
        return step if off and listing is not None else None
    if listing is None or not listing.active:
        if step.state is StepState.DONE:
            return step
        return replace(step, state=StepState.DONE, obstacle=None, done=now) if off else None
    return _standing(step, listing) if off else None


def _renamed(step: Step) -> Step | None:
    """What sold the track sells the same music, most likely, whatever it is called by now.

    What had been switched off, and was switched on again under another name, is something new.
    """
    if step.state is StepState.DONE:
        return None
    if step.state is StepState.OPEN and step.obstacle is Obstacle.RENAMED:
        return step  # a person has said so
    return replace(step, state=StepState.BY_HAND, obstacle=Obstacle.RENAMED)


def _standing(step: Step, listing: Listing) -> Step:
    """A step whose object can still be bought."""
    if step.state is StepState.DONE:
        return replace(step, state=StepState.BY_HAND, obstacle=Obstacle.BACK, done=None)
    if listing.obstacle is not None:
        return replace(step, state=StepState.BY_HAND, obstacle=listing.obstacle)
    if step.obstacle in (Obstacle.SHARED, Obstacle.DEFAULT, Obstacle.RENAMED):
        return replace(step, state=StepState.OPEN, obstacle=None)
    return step


def _new(
    listed: Mapping[Key, Listing], known: Mapping[Key, Step], *, asked: bool
) -> Iterator[Step]:
    for (kind, object_id), one in listed.items():
        if one.active and (kind, object_id) not in known:
            obstacle = one.obstacle if one.obstacle or asked else Obstacle.OLD
            state = StepState.BY_HAND if obstacle else StepState.OPEN
            yield Step(kind=kind, object=object_id, name=one.name, state=state, obstacle=obstacle)
    if asked and (StepKind.SESSION, EVERY_CHECKOUT) not in known:
        yield Step(kind=StepKind.SESSION, object=EVERY_CHECKOUT, name="", state=StepState.OPEN)
