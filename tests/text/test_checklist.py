"""The checklist of a track that is off sale."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.off_sale import Marketplace, Obstacle, OffSale, Step, StepKind, StepState
from bot.domain.sale import Decision
from bot.text.alert import burst, payment_alert
from bot.text.checklist import brief, checklist, progress
from bot.text.exclusive import track_rights
from bot.text.marketplaces import marketplaces_message
from bot.text.track_questions import track_decided
from tests import factories as make
from tests.text.hostile import NASTY
from tests.text.limits import assert_fits, menu, text
from tests.text.test_exclusive import rights

LINK, SESSION, PRODUCT, PRICE = StepKind.LINK, StepKind.SESSION, StepKind.PRODUCT, StepKind.PRICE
DONE, OPEN, BY_HAND = StepState.DONE, StepState.OPEN, StepState.BY_HAND
TEST = make.producer(livemode=False)


def step(
    kind: StepKind = LINK,
    number: int = 1,
    state: StepState = DONE,
    obstacle: Obstacle | None = None,
    **changes: Any,
) -> Step:
    name = f"https://buy.stripe.com/{number}"
    made = Step(kind=kind, object=f"{kind}_{number}", name=name, state=state, obstacle=obstacle)
    return replace(made, **changes)


SWEEP = step(SESSION, object="", name="")


def off_sale(*steps: Step, **changes: Any) -> OffSale:
    made = OffSale(track_id=7, track="Midnight Drive", number=1042, off=True, steps=steps)
    return replace(made, **changes)


def test_checklist_fills_in_with_each_step() -> None:
    begun = [step(state=OPEN), step(number=2, state=OPEN), step(PRICE, state=OPEN)]
    words = checklist(off_sale(*begun, step(SESSION, object="", state=OPEN)), TEST)
    assert words == "☐ Stripe: 2 links · open checkouts · 1 price"
    ended = off_sale(step(), step(number=2), step(PRICE), SWEEP, step(SESSION, 1), step(SESSION, 2))
    assert checklist(ended, TEST) == "☑ Stripe: 2 links · 2 checkouts · 1 price"
    assert checklist(off_sale(SWEEP), TEST) == "☑ Stripe: nothing was on sale"
    assert progress(ended) == "Taken down · all done"
    assert progress(off_sale(*begun, SWEEP)) == "3 to take down"


@pytest.mark.parametrize("obstacle", sorted(set(Obstacle) - {Obstacle.DOWN}))
def test_checklist_begins_with_the_producers_steps_with_reason_and_link(
    obstacle: Obstacle,
) -> None:
    words = checklist(off_sale(step(number=2), step(state=BY_HAND, obstacle=obstacle)), TEST)
    first = words.split("\n")[0]
    assert first.startswith("✋ [Payment link](https://dashboard.stripe.com/test/payment-links/")
    assert "buy.stripe.com/1 " in first
    assert brief(off_sale(step(state=BY_HAND, obstacle=obstacle))).endswith(
        "✋ 1 up to you: `/exclusive`"
    )


def test_checklist_says_if_checkouts_cannot_be_closed() -> None:
    left = step(SESSION, object="", state=BY_HAND, obstacle=Obstacle.DENIED)
    assert "They end within a day" in checklist(off_sale(left), TEST)


def test_checklist_says_if_stripe_does_not_answer() -> None:
    words = checklist(off_sale(step(state=OPEN, obstacle=Obstacle.DOWN)), TEST)
    assert words == "☐ Stripe: 1 link · not answering, I keep trying"


def test_marketplaces_are_checked_off_in_the_alert() -> None:
    places = (Marketplace(id=1, name="BeatStars", ticked=True), Marketplace(id=2, name="YouTube"))
    alert = payment_alert(make.exclusive_record(off_sale=(off_sale(elsewhere=places),)))
    words = text(alert)
    assert "☑ BeatStars" in words
    assert "☐ YouTube" in words
    assert "1 to take down" in words
    assert [option["default"] for option in menu(alert)["options"]] == [True, False]
    assert_fits(alert)


def test_checklist_of_forty_links_fits_and_counts_them() -> None:
    links = [step(number=n, state=BY_HAND, obstacle=Obstacle.SHARED) for n in range(40)]
    alert = payment_alert(make.exclusive_record(off_sale=(off_sale(*links, SWEEP),)))
    assert_fits(alert)
    assert "more" in text(alert)
    assert "buy.stripe.com/0 " in text(alert)
    shown = track_rights(rights(holder=make.holder(), off_sale=off_sale(*links)), TEST, make.NOON)
    assert_fits(shown)
    assert "… and " in text(shown)


@pytest.mark.parametrize("name", NASTY)
def test_hostile_names_do_nothing(name: str) -> None:
    steps = [
        step(kind, state=BY_HAND, obstacle=Obstacle.OLD, name=name)
        for kind in (LINK, PRODUCT, PRICE)
    ]
    places = tuple(Marketplace(id=number, name=name) for number in range(10))
    off = off_sale(*steps, track=name, elsewhere=places)
    assert_fits(payment_alert(make.exclusive_record(off_sale=(off, off, off))))
    assert_fits(track_rights(rights(holder=make.holder(), off_sale=off), TEST, make.NOON))
    assert_fits(marketplaces_message(places, 10))
    record = make.exclusive_record(off_sale=(off,))
    assert_fits(burst([record]))


def test_rights_of_a_track_back_on_sale_say_what_is_still_off() -> None:
    left = off_sale(step(), step(PRODUCT, name="Midnight Drive"), off=False, number=None)
    words = text(track_rights(rights(off_sale=left), TEST, make.NOON))
    assert "Still turned off in Stripe" in words
    assert "☐ [Product](https://dashboard.stripe.com/test/products/product_1)" in words


def test_decision_to_sell_again_says_what_is_still_off() -> None:
    decided = Decision(kept_off=False, by=7, at=make.NOON)
    left = off_sale(step(), off=False, number=None)
    message = track_decided(rights(decision=decided, off_sale=left), TEST)
    assert "is back on sale: <@7>" in (message.content or "")
    assert "What I turned off stays off" in (message.content or "")
    assert_fits(message)


def test_checklist_in_a_burst_is_one_line() -> None:
    left = off_sale(SWEEP, step(state=BY_HAND, obstacle=Obstacle.SHARED))
    words = text(burst([make.exclusive_record(off_sale=(left,))]))
    assert "1 to take down · ✋ 1 up to you" in words


def test_steps_from_before_the_bot_wait_for_consent() -> None:
    off = off_sale(step(state=BY_HAND, obstacle=Obstacle.OLD))
    shown = track_rights(rights(holder=make.holder(), off_sale=off), TEST, make.NOON)
    assert "Take it off sale" in text(shown)
    denied = off_sale(step(state=BY_HAND, obstacle=Obstacle.DENIED))
    shown = track_rights(rights(holder=make.holder(), off_sale=denied), TEST, make.NOON)
    assert "Try again" in text(shown)


def test_alert_without_a_key_leaves_taking_down_to_the_producer() -> None:
    words = text(payment_alert(make.exclusive_record(), fees_possible=False))
    assert "Take it off sale in Stripe yourself" in words
    assert "yourself" not in text(payment_alert(make.record(), fees_possible=False))
