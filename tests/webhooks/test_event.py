"""What a signed body may say, and what is turned away."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhooks.deliveries import bytes_of, event, without
from webhooks.event import parse_event
from webhooks.refusals import NOT_AN_EVENT, NOT_JSON, Refusal, Refused


def refusal_of(body: bytes) -> Refusal:
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


@pytest.mark.parametrize("account", [None, "acct_1"])
def test_an_account_is_a_name_or_nothing(account: str | None) -> None:
    assert parse_event(bytes_of(event(account=account))).content["account"] == account


def test_a_type_nobody_knows_yet_is_an_event() -> None:
    assert parse_event(bytes_of(event(type="beat.dropped"))).content["type"] == "beat.dropped"


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
    assert refusal_of(body) is NOT_JSON


@pytest.mark.parametrize("number", [b"9223372036854775808", b"-1e999", b"0.9213"])
def test_absurd_numbers_are_let_in_for_the_books_to_judge(number: bytes) -> None:
    body = bytes_of(about(amount="NUMBER")).replace(b'"NUMBER"', number)
    assert parse_event(body).content["data"]["object"] == json.loads(b'{"amount": %s}' % number)


def test_nesting_is_bounded() -> None:
    parse_event(nested(64))
    assert refusal_of(nested(1_000)) is NOT_JSON
    assert refusal_of(nested(200_000)) is NOT_JSON


def test_many_brackets_are_no_depth() -> None:
    parse_event(bytes_of(about(items=[{"of": [1]}] * 500, text="[" * 500)))


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "evt_1",
        7,
        {},
        without("id"),
        without("type"),
        without("created"),
        without("livemode"),
        without("data"),
        event(id=""),
        event(id=1),
        event(id="e" * 256),
        event(id="evt_\n"),
        event(id="evt_ü"),
        event(id="evt_\ud800"),
        event(id="evt_\x00"),
        event(type=None),
        event(type="t" * 256),
        event(type="charge\udc00"),
        event(object="charge"),
        event(created="2026-03-01"),
        event(created=1.5),
        event(created=True),
        event(created=-1),
        event(created=2**62),
        event(livemode="false"),
        event(livemode=0),
        event(account=5),
        event(account=""),
        event(account="acct_\ud800"),
        event(data=[]),
        event(data={}),
        event(data={"object": "cs_1"}),
        {"object": "v2.core.event", "type": "v1.charge.updated"},
    ],
)
def test_what_is_no_event_is_refused(content: object) -> None:
    assert refusal_of(bytes_of(content)) is NOT_AN_EVENT


def test_the_longest_id_is_let_in() -> None:
    parse_event(bytes_of(event(id="e" * 255)))


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
