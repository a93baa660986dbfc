"""A delivery is Stripe's when one of our secrets signed these very bytes, just now.

What a signed body may say, and what is turned away.
"""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhooks.deliveries import (
    NOW,
    OLD_SECRET,
    SECONDS,
    SECRET,
    bytes_of,
    event,
    header,
    signature,
    without,
)
from webhooks.signed_event import (
    NO_SIGNATURE,
    NOT_AN_EVENT,
    NOT_JSON,
    STALE_SIGNATURE,
    UNREADABLE_SIGNATURE,
    WRONG_SIGNATURE,
    Refusal,
    Refused,
    check_signature,
    parse_event,
)

BODY = b'{"id": "evt_1"}'
SECRETS = (SECRET, OLD_SECRET)
V1 = signature(BODY)


def refusal_of(body: bytes, sent: str | None, secrets: tuple[str, ...] = SECRETS) -> Refusal:
    with pytest.raises(Refused) as refused:
        check_signature(body, sent, secrets, NOW)
    return refused.value.refusal


@pytest.mark.parametrize(
    "sent",
    [
        header(BODY),
        header(BODY, secret=OLD_SECRET),
        *(header(BODY, time=SECONDS + off) for off in (-300, -299, 299, 300)),
        f"t={SECONDS},v1={'0' * 64},v1={V1}",
        f"t={SECONDS},v1={V1},v1={'0' * 64}",
        f"t={SECONDS},v0={'0' * 64},v1={V1},v2=something",
        f"v1={V1},t={SECONDS}",
        f"t={SECONDS}, v1={V1}, lone",
        f"t={SECONDS},v1=ünicode,v1={V1}",
        f"t={SECONDS},v1=\udcff,v1={V1}",
    ],
)
def test_signature_by_one_secret_within_five_minutes_is_good(sent: str) -> None:
    check_signature(BODY, sent, SECRETS, NOW)


REFUSED: dict[Refusal, list[str | None]] = {
    NO_SIGNATURE: [None],
    UNREADABLE_SIGNATURE: [
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
    WRONG_SIGNATURE: [
        header(BODY, secret="whsec_somebody_elses"),
        # A stranger is not told that a time is stale.
        header(BODY, secret="whsec_somebody_elses", time=SECONDS - 1_000),
        header(b"another body"),
        f"t={SECONDS + 1},v1={V1}",
        f"t=0{SECONDS},v1={V1}",
        f"t={SECONDS},v1={V1[:-1]}",
        f"t={SECONDS},v1={V1.upper()}",
        f"t={SECONDS},v1=",
        f"t={SECONDS},v1=ünicode",
        f"t={SECONDS},v1=\udcff",
    ],
    STALE_SIGNATURE: [
        header(BODY, time=SECONDS + off) for off in (-301, 301, -1_000_000, 1_000_000)
    ],
}


@pytest.mark.parametrize(
    ("refusal", "sent"), [(refusal, one) for refusal, sent in REFUSED.items() for one in sent]
)
def test_signature_of_anything_else_is_refused_for_its_reason(
    refusal: Refusal, sent: str | None
) -> None:
    assert refusal_of(BODY, sent) is refusal


def test_a_fraction_of_a_second_over_is_over() -> None:
    with pytest.raises(Refused):
        check_signature(BODY, header(BODY), SECRETS, NOW + timedelta(seconds=300, microseconds=1))


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


def _refusal_of(body: bytes) -> Refusal:
    with pytest.raises(Refused) as refused:
        parse_event(body)
    return refused.value.refusal


def about(**fields: Any) -> dict[str, Any]:
    """An event whose object has these fields."""
    return event(data={"object": fields})


def nested(depth: int) -> bytes:
    """An event that nests `depth` deep in all, of which three levels are the event's own."""
    deep = "[" * (depth - 3) + "1" + "]" * (depth - 3)
    return bytes_of(about(deep="DEEP")).replace(b'"DEEP"', deep.encode())


def test_an_event_is_read_as_it_stands() -> None:
    parsed = parse_event(bytes_of(event()))
    assert parsed.content == event()
    assert parsed.body == bytes_of(event())
    assert not parsed.thin


@pytest.mark.parametrize(
    "changes",
    [
        {"account": None},
        {"account": "acct_1"},
        {"type": "beat.dropped"},
        {"id": "e" * 255},
        # Many brackets are no depth.
        {"data": {"object": {"items": [{"of": [1]}] * 500, "text": "[" * 500}}},
    ],
)
def test_event_with_rare_or_unknown_fields_is_read(changes: dict[str, Any]) -> None:
    assert parse_event(bytes_of(event(**changes))).content == event(**changes)


def test_an_event_of_the_second_kind_is_thin() -> None:
    body = bytes_of(
        {"id": "evt_2", "object": "v2.core.event", "type": "v1.charge.updated", "created": "2026"}
    )
    assert parse_event(body).thin


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"{",
        bytes_of(event())[:-1],
        bytes_of(event()) + b"x",
        b"\xff\xfe",
        b"\xef\xbb\xbf" + bytes_of(event()),
        json.dumps(event()).encode("utf-16"),
        bytes_of(about(name="NAME")).replace(b"NAME", b"\xc3\x28"),
        bytes_of(about(name="NAME")).replace(b"NAME", b"\x00"),
        bytes_of(about(amount=float("nan"))),
        bytes_of(about(amount=float("-inf"))),
        bytes_of(about(amount="HUGE")).replace(b'"HUGE"', b"9" * 100_000),
    ],
)
def test_what_is_not_json_that_a_store_can_hold_is_refused(body: bytes) -> None:
    assert _refusal_of(body) is NOT_JSON


@pytest.mark.parametrize("number", [b"9223372036854775808", b"-1e999", b"0.9213"])
def test_absurd_numbers_are_let_in_for_the_books_to_judge(number: bytes) -> None:
    body = bytes_of(about(amount="NUMBER")).replace(b'"NUMBER"', number)
    assert parse_event(body).content["data"]["object"] == json.loads(b'{"amount": %s}' % number)


def test_nesting_is_bounded() -> None:
    parse_event(nested(64))
    assert _refusal_of(nested(1_000)) is NOT_JSON
    assert _refusal_of(nested(200_000)) is NOT_JSON


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "evt_1",
        7,
        {},
        *map(without, ("id", "type", "created", "livemode", "data")),
        *(event(id=id_) for id_ in ("", 1, "e" * 256, "evt_\n", "evt_ü", "evt_\ud800", "evt_\0")),
        *(event(type=type_) for type_ in (None, "t" * 256, "charge\udc00")),
        event(object="charge"),
        *(event(created=at) for at in ("2026-03-01", 1.5, True, -1, 2**62)),
        *(event(livemode=mode) for mode in ("false", 0)),
        *(event(account=account) for account in (5, "", "acct_\ud800")),
        event(data=[]),
        event(data={}),
        event(data={"object": "cs_1"}),
        {"object": "v2.core.event", "type": "v1.charge.updated"},
    ],
)
def test_what_is_no_event_is_refused(content: object) -> None:
    assert _refusal_of(bytes_of(content)) is NOT_AN_EVENT


def test_of_keys_that_come_twice_the_last_counts() -> None:
    body = bytes_of(event()).replace(b'"id": "evt_1"', b'"id": "evt_1", "id": "evt_2"')
    assert parse_event(body).content["id"] == "evt_2"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"A\u0000B", "A\ufffdB"),
        (r"A\ud83dB", "A\ufffdB"),
        (r"A\udfb5\ud83cB", "A\ufffd\ufffdB"),
        (r"\uD83C\uDFB5", "🎵"),
        (r"\ud83c\ud83c\udfb5", "\ufffd🎵"),
        (r"\\ud83c and \\u0000", r"\ud83c and \u0000"),
        (r"\\\ud83c", "\\\ufffd"),
        (r"caf\u00e9 \n\"", 'café \n"'),
    ],
)
def test_half_characters_become_what_a_store_can_hold(written: str, read: str) -> None:
    body = bytes_of(about(name="NAME")).replace(b"NAME", written.encode())
    parsed = parse_event(body)
    assert parsed.content["data"]["object"]["name"] == read
    assert json.loads(parsed.body) == parsed.content


@settings(deadline=None)
@given(name=st.text(st.characters(exclude_categories=[])))
def test_whatever_a_buyer_is_called_can_be_stored(name: str) -> None:
    parsed = parse_event(bytes_of(about(name=name)))
    stored = parsed.content["data"]["object"]["name"]
    stored.encode()
    assert "\x00" not in stored
    assert json.loads(parsed.body) == parsed.content


@settings(deadline=None)
@given(body=st.binary())
def test_no_bytes_whatever_do_more_than_refuse(body: bytes) -> None:
    with pytest.raises(Refused):
        parse_event(body)
