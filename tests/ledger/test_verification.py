from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ledger.verification import (
    Download,
    download_token,
    license_url,
    proves,
    read_code,
    read_token,
    verification_code,
    verify_url,
)

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
SOON = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


def test_a_code_is_the_number_and_eight_characters_that_are_not_misread() -> None:
    code = verification_code(KEY, 1, 1042)
    number, mark = code.split("-")
    assert number == "1042"
    assert len(mark) == 8
    assert not set(mark) & set("ILOU")
    assert code == verification_code(KEY, 1, 1042)


def test_every_sale_of_every_producer_has_a_code_of_its_own() -> None:
    codes = {
        verification_code(key, producer, number).split("-")[1]
        for key in (KEY, OTHER_KEY)
        for producer in (1, 2)
        for number in range(1, 200)
    }
    assert len(codes) == 2 * 2 * 199


@given(st.integers(1, 999_999_999))
def test_a_code_proves_itself_and_nothing_else(number: int) -> None:
    code = read_code(verification_code(KEY, 1, number))
    assert code is not None
    assert code.number == number
    assert proves(code, KEY, 1)
    assert not proves(code, KEY, 2)
    assert not proves(code, OTHER_KEY, 1)
    assert not proves(code._replace(number=number + 1), KEY, 1)


@pytest.mark.parametrize(
    "typed",
    ["{0}", " {0} ", "#{0}", "{1}", "{2}", "{3}", "{4}"],
)
def test_codes_are_read_as_people_type_them(typed: str) -> None:
    # A code with a 0 and a 1 in it, which are typed as O and l.
    number = next(
        n for n in range(1000, 9000) if {"0", "1"} <= set(verification_code(KEY, 1, n)[5:])
    )
    code = verification_code(KEY, 1, number)
    spelled = typed.format(
        code,
        code.lower(),
        code.replace("-", ""),
        f"{number} - {code[5:9]} {code[9:]}",
        f"{number}-" + code[5:].replace("0", "o").replace("1", "l"),
    )
    read = read_code(spelled)
    assert read is not None
    assert proves(read, KEY, 1)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "1042", "1042-", "abc", "7XK3M9QA", "0-7XK3M9QA", "1042-7XK3M9Q!", "\x00"),
        *("1" * 10_000, "١٠٤٢-7XK3M9QA", "1042-ÀXK3M9QA", "1042_7XK3M9QA", "1234567890-7XK3M9QA"),
    ],
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@given(st.integers(1, 999_999_999), st.integers(1, 999_999_999), st.integers(1, 10**10))
def test_a_token_opens_what_it_was_made_for(producer: int, number: int, seconds: int) -> None:
    expires = datetime.fromtimestamp(seconds, UTC)
    token = download_token(KEY, producer, number, expires)
    assert read_token(KEY, token) == Download(producer, number, expires)
    assert read_token(OTHER_KEY, token) is None


def test_a_token_that_was_changed_opens_nothing() -> None:
    token = download_token(KEY, 1, 1042, SOON)
    for at, old in enumerate(token):
        for new in "0A.-é":
            if new != old:
                assert read_token(KEY, token[:at] + new + token[at + 1 :]) is None
    later = str(int((SOON + timedelta(days=1)).timestamp()))
    assert read_token(KEY, token.replace(str(int(SOON.timestamp())), later)) is None
    for broken in ("", token[:-1], token + "A", token + "\n", token * 1000, "1.2.3.4"):
        assert read_token(KEY, broken) is None


def test_a_code_is_no_token_and_a_token_no_code() -> None:
    token = download_token(KEY, 1, 1042, SOON)
    assert read_code(token) is None
    assert read_token(KEY, verification_code(KEY, 1, 1042)) is None


def test_addresses_are_made_of_the_public_one() -> None:
    url = license_url("https://beats.example.com/", KEY, 1, 1042, SOON)
    assert url.startswith("https://beats.example.com/license/1.1042.1775044800.")
    assert read_token(KEY, url.rsplit("/", 1)[1]) == Download(1, 1042, SOON)
    assert verify_url("https://example.com/a", "1042-X") == "https://example.com/a/verify/1042-X"
