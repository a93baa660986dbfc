"""What the benches send is what the endpoint takes."""

from datetime import UTC, datetime

from bench.ingest import SIZE, deliveries
from fakes.simulation import SECRET
from webhooks.signed_event import check_signature, parse_event


def test_a_delivery_is_signed_and_an_event() -> None:
    first, second = deliveries(41, 2)
    signed = first.headers["Stripe-Signature"]
    check_signature(first.body, signed, [SECRET], datetime.now(UTC))
    assert parse_event(first.body).content["id"] == "evt_0000000000000041"
    assert parse_event(second.body).content["id"] == "evt_0000000000000042"


def test_a_delivery_is_of_the_size_that_is_promised() -> None:
    [one] = deliveries(0, 1)
    assert SIZE <= len(one.body) < SIZE * 1.02
