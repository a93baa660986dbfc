"""What becomes of a track's steps, case by case."""

from datetime import UTC, datetime

import pytest

from bot.domain.off_sale import (
    Changes,
    Listing,
    Obstacle,
    Step,
    StepKind,
    StepState,
    changes,
    listings_of,
)
from bot.domain.track import ListedLink, ListedPrice, ListedProduct, TrackListings

NOW = datetime(2026, 3, 10, tzinfo=UTC)
LINK = StepKind.LINK, "plink_1"
OPEN, BY_HAND, DONE = StepState.OPEN, StepState.BY_HAND, StepState.DONE


def step(state: StepState, obstacle: Obstacle | None = None) -> Step:
    done = NOW if state is DONE else None
    return Step(
        kind=LINK[0], object=LINK[1], name="a link", state=state, obstacle=obstacle, done=done
    )


def become(
    known: Step | None,
    shelf: Listing | None,
    *,
    off: bool = True,
    asked: bool = True,
    needed: bool = False,
    renamed: bool = False,
) -> Step | None:
    """What one link's step becomes."""
    before = {} if known is None else {known.key: known}
    there = {} if shelf is None else {LINK: shelf}
    found = changes(
        there,
        before,
        off=off,
        asked=asked,
        needed=[LINK] * needed,
        renamed=[LINK] * renamed,
        now=NOW,
    )
    if LINK in found.dropped:
        return None
    made = {one.key: one for one in (*found.new, *found.changed)}
    return made.get(LINK, known)


ON, OFF = Listing("a link", active=True), Listing("a link", active=False)
SHARED = Listing("a link", active=True, obstacle=Obstacle.SHARED)


@pytest.mark.parametrize(
    ("known", "shelf", "after"),
    [
        (None, ON, step(OPEN)),
        (None, OFF, None),
        (None, SHARED, step(BY_HAND, Obstacle.SHARED)),
        (step(OPEN), ON, step(OPEN)),
        (step(OPEN), OFF, step(DONE)),
        (step(OPEN), None, step(DONE)),
        (step(OPEN), SHARED, step(BY_HAND, Obstacle.SHARED)),
        (step(BY_HAND, Obstacle.SHARED), ON, step(OPEN)),
        (step(BY_HAND, Obstacle.DENIED), ON, step(BY_HAND, Obstacle.DENIED)),
        (step(BY_HAND, Obstacle.DENIED), OFF, step(DONE)),
        (step(DONE), OFF, step(DONE)),
        (step(DONE), ON, step(BY_HAND, Obstacle.BACK)),
    ],
)
def test_while_it_is_off_sale(
    known: Step | None, shelf: Listing | None, after: Step | None
) -> None:
    assert become(known, shelf) == after


@pytest.mark.parametrize(
    ("known", "shelf", "after"),
    [
        (None, ON, None),
        (step(OPEN), ON, None),
        (step(BY_HAND, Obstacle.DENIED), ON, None),
        (step(OPEN), OFF, None),
        (step(DONE), OFF, step(DONE)),
        (step(DONE), ON, None),
    ],
)
def test_once_it_is_on_sale_again(
    known: Step | None, shelf: Listing | None, after: Step | None
) -> None:
    assert become(known, shelf, off=False) == after


def test_what_nobody_asked_for_waits_for_a_word() -> None:
    assert become(None, ON, asked=False) == step(BY_HAND, Obstacle.OLD)
    assert become(None, OFF, asked=False) is None


def test_what_other_tracks_need_is_no_step_of_this_one() -> None:
    assert become(step(OPEN), None, needed=True) is None
    assert become(step(DONE), None, needed=True) is None


def test_what_goes_by_another_name_waits_for_a_word() -> None:
    waits = step(BY_HAND, Obstacle.RENAMED)
    said_so = step(OPEN, Obstacle.RENAMED)
    assert become(step(OPEN), None, renamed=True) == waits
    assert become(step(BY_HAND, Obstacle.DENIED), None, renamed=True) == waits
    assert become(waits, None, renamed=True) == waits
    assert become(said_so, None, renamed=True) == said_so
    assert become(said_so, None) == step(DONE)
    assert become(waits, ON) == step(OPEN)
    # Switched off once, and on again under another name: that is something new.
    assert become(step(DONE), None, renamed=True) is None
    assert become(waits, None, renamed=True, off=False) is None


def test_settled_once_there_is_nothing_to_change() -> None:
    first = changes({LINK: ON}, {}, off=True, asked=True, now=NOW)
    known = {one.key: one for one in first.new}
    assert {kind for kind, _ in known} == {StepKind.LINK, StepKind.SESSION}
    again = changes({LINK: ON}, known, off=True, asked=True, now=NOW)
    assert again == Changes((), (), ())
    assert not again


def test_a_shared_product_stays_and_with_it_its_default_price() -> None:
    shelves = TrackListings(
        track_id=1,
        prices=(
            ListedPrice(id="price_1", product="prod_1", active=True, default=True),
            ListedPrice(id="price_2", product="prod_2", active=True, default=True),
            ListedPrice(id="price_3", product="prod_2", active=True, default=False),
        ),
        products=(
            ListedProduct(id="prod_1", active=True, shared=False),
            ListedProduct(id="prod_2", active=True, shared=True),
        ),
        links=(ListedLink(id="plink_1", url=None, active=True, shared=True),),
    )
    found = {object_id: one.obstacle for (_, object_id), one in listings_of(shelves).items()}
    assert found == {
        "plink_1": Obstacle.SHARED,
        "prod_1": None,
        "price_2": Obstacle.DEFAULT,
        "price_3": None,
    }


def test_links_that_nobody_may_see_are_one_step_as_long_as_that_is_so() -> None:
    empty = TrackListings(track_id=1, prices=(), products=(), links=())
    assert listings_of(empty, links_seen=False) == {
        (LINK[0], ""): Listing("", active=False, obstacle=Obstacle.UNSEEN)
    }
    unseen = Step(kind=LINK[0], object="", name="", state=BY_HAND, obstacle=Obstacle.UNSEEN)
    known = {unseen.key: unseen}
    still = changes(listings_of(empty, links_seen=False), known, off=True, asked=False, now=NOW)
    assert not still
    assert changes({}, known, off=True, asked=False, now=NOW).dropped == (unseen.key,)
