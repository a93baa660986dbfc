"""A delivery is Stripe's when one of our secrets signed these very bytes, just now."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhooks.deliveries import NOW, OLD_SECRET, SECONDS, SECRET, header, signature
from webhooks.refusals import (
    NO_SIGNATURE,
    STALE_SIGNATURE,
    UNREADABLE_SIGNATURE,
    WRONG_SIGNATURE,
    Refusal,
    Refused,
)
from webhooks.signature import check_signature

BODY = b'{"id": "evt_1"}'
SECRETS = (SECRET, OLD_SECRET)
V1 = signature(BODY)


def refusal_of(body: bytes, sent: str | None, secrets: tuple[str, ...] = SECRETS) -> Refusal:
    with pytest.raises(Refused) as refused:
        check_signature(body, sent, secrets, NOW)
    return refused.value.refusal


@pytest.mark.parametrize("secret", SECRETS)
def test_each_secret_is_good_while_one_is_rolled(secret: str) -> None:
    check_signature(BODY, header(BODY, secret=secret), SECRETS, NOW)


@pytest.mark.parametrize(
    "sent",
    [
        f"t={SECONDS},v1={'0' * 64},v1={V1}",
        f"t={SECONDS},v1={V1},v1={'0' * 64}",
        f"t={SECONDS},v0={'0' * 64},v1={V1},v2=something",
        f"v1={V1},t={SECONDS}",
        f"t={SECONDS}, v1={V1}, lone",
        f"t={SECONDS},v1=ünicode,v1={V1}",
        f"t={SECONDS},v1=\udcff,v1={V1}",
    ],
    ids=["second v1", "first v1", "other schemes", "any order", "spaces", "not ascii", "not utf-8"],
)
def test_one_good_v1_is_enough(sent: str) -> None:
    check_signature(BODY, sent, SECRETS, NOW)


def test_a_missing_header_is_told_apart() -> None:
    assert refusal_of(BODY, None) is NO_SIGNATURE


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "nonsense",
        f"t={SECONDS}",
        f"v1={V1}",
        f"t={SECONDS},v0={V1}",
        f"t={SECONDS},t={SECONDS},v1={V1}",
        f"t=,v1={V1}",
        f"t=now,v1={V1}",
        f"t=-{SECONDS},v1={V1}",
        f"t={SECONDS}.5,v1={V1}",
        f"t=1_7{SECONDS},v1={V1}",
        f"t=١٢٣,v1={V1}",
        f"t={'9' * 5000},v1={V1}",
        f"T={SECONDS},V1={V1}",
    ],
)
def test_a_header_without_one_time_and_a_v1_cannot_be_read(sent: str) -> None:
    assert refusal_of(BODY, sent) is UNREADABLE_SIGNATURE


@pytest.mark.parametrize(
    "sent",
    [
        header(BODY, secret="whsec_somebody_elses"),
        header(b"another body"),
        f"t={SECONDS + 1},v1={V1}",
        f"t=0{SECONDS},v1={V1}",
        f"t={SECONDS},v1={V1[:-1]}",
        f"t={SECONDS},v1={V1.upper()}",
        f"t={SECONDS},v1=",
        f"t={SECONDS},v1=ünicode",
        f"t={SECONDS},v1=\udcff",
    ],
)
def test_a_signature_of_anything_else_is_wrong(sent: str) -> None:
    assert refusal_of(BODY, sent) is WRONG_SIGNATURE


@pytest.mark.parametrize("off", [-300, -299, 0, 299, 300])
def test_five_minutes_either_way_are_near_enough(off: int) -> None:
    check_signature(BODY, header(BODY, time=SECONDS + off), SECRETS, NOW)


@pytest.mark.parametrize("off", [-301, 301, -1_000_000, 1_000_000])
def test_more_is_stale_in_the_past_and_in_the_future(off: int) -> None:
    assert refusal_of(BODY, header(BODY, time=SECONDS + off)) is STALE_SIGNATURE


def test_a_fraction_of_a_second_over_is_over() -> None:
    with pytest.raises(Refused):
        check_signature(BODY, header(BODY), SECRETS, NOW + timedelta(seconds=300, microseconds=1))


def test_a_stranger_is_not_told_that_a_time_is_stale() -> None:
    old = header(BODY, secret="whsec_somebody_elses", time=SECONDS - 1_000)
    assert refusal_of(BODY, old) is WRONG_SIGNATURE


def test_without_secrets_nothing_is_right() -> None:
    assert refusal_of(BODY, header(BODY, secret=""), ()) is WRONG_SIGNATURE


@settings(deadline=None)
@given(body=st.binary())
def test_any_bytes_can_be_signed(body: bytes) -> None:
    check_signature(body, header(body), SECRETS, NOW)


@settings(deadline=None)
@given(body=st.binary(), sent=st.text())
def test_no_header_whatever_does_more_than_refuse(body: bytes, sent: str) -> None:
    with pytest.raises(Refused):
        check_signature(body, sent, SECRETS, NOW)


@settings(deadline=None)
@given(body=st.binary(min_size=1), index=st.integers(min_value=0))
def test_a_flipped_bit_is_seen(body: bytes, index: int) -> None:
    changed = bytearray(body)
    changed[index % len(body)] ^= 1
    assert refusal_of(bytes(changed), header(body)) is WRONG_SIGNATURE
