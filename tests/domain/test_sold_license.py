from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.payment import Payment
from bot.domain.sold_license import (
    Download,
    download_token,
    license_code,
    license_url,
    read_code,
    read_token,
    verify_url,
)
from tests import factories as make

KEY = bytes(range(32))
OTHER_KEY = bytes(32)
SOON = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
CODE = "7XK3-M9QA-52HD"


def code_of(
    payment: Payment | None = None, position: int = 0, key: bytes = KEY, **producer: object
) -> str:
    return license_code(key, make.producer(**producer), payment or make.paid("1"), position)


def test_code_is_twelve_characters_that_are_not_misread() -> None:
    assert [len(group) for group in code_of().split("-")] == [4, 4, 4]
    assert not set(code_of()) & set("ILOU")
    assert code_of() == code_of()


def test_every_line_of_every_payment_has_a_code_of_its_own() -> None:
    codes = {
        code_of(make.paid(str(name)), position, key, livemode=livemode, account=account)
        for key in (KEY, OTHER_KEY)
        for livemode in (True, False)
        for account in ("", "acct_1")
        for name in range(50)
        for position in range(3)
    }
    assert len(codes) == 2 * 2 * 2 * 50 * 3


def test_code_depends_on_nothing_that_a_restored_backup_may_change() -> None:
    another: dict[str, Any] = {
        "id": 7,
        "timezone": "Asia/Tokyo",
        "guild_id": 5,
        "channel_id": 6,
        "name": "Owl",
    }
    assert code_of(**another) == code_of()
    # As it was known before its Checkout was.
    before = replace(make.paid("1"), key="pi_1", session=None, charge=None)
    assert code_of(before) == code_of()


def test_free_checkout_has_a_code_by_its_session() -> None:
    assert len({code_of(), code_of(make.free("1")), code_of(make.free("2"))}) == 3


@pytest.mark.parametrize(
    "typed",
    ["7XK3-M9QA-52HD", " 7xk3-m9qa-52hd ", "#7XK3M9QA52HD", "7xk3 m9qa 52hd", "7XK3 - M9QA52HD"],
)
def test_codes_are_read_as_people_type_them(typed: str) -> None:
    assert read_code(typed) == CODE


def test_letters_that_are_misread_are_read_as_digits() -> None:
    assert read_code("oil0-OIL1-abcd") == "0110-0111-ABCD"


@pytest.mark.parametrize(
    "typed",
    [
        *("", "1042", "7XK3-", "abc", "7XK3-M9QA", "7XK3-M9QA-52H!", "\x00", "7XK3-M9QA-52HDX"),
        *("1" * 10_000, "٧XK3-M9QA-52HD", "7XK3-ÀXK3-52HD", "7XK3_M9QA_52HD"),
    ],
)
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@given(st.integers(1, 10**10))
def test_a_token_opens_what_it_was_made_for(seconds: int) -> None:
    expires = datetime.fromtimestamp(seconds, UTC)
    token = download_token(KEY, CODE, expires)
    assert read_token(KEY, token) == Download(CODE, expires)
    assert read_token(OTHER_KEY, token) is None


def test_a_token_that_was_changed_opens_nothing() -> None:
    token = download_token(KEY, CODE, SOON)
    for at, old in enumerate(token):
        for new in "0A.-é":
            if new != old:
                assert read_token(KEY, token[:at] + new + token[at + 1 :]) is None
    later = str(int((SOON + timedelta(days=1)).timestamp()))
    assert read_token(KEY, token.replace(str(int(SOON.timestamp())), later)) is None
    for broken in ("", token[:-1], token + "A", token + "\n", token * 1000, "1.2.3.4"):
        assert read_token(KEY, broken) is None


def test_a_code_is_no_token_and_a_token_no_code() -> None:
    assert read_code(download_token(KEY, CODE, SOON)) is None
    assert read_token(KEY, CODE) is None


def test_addresses_are_made_of_the_public_one() -> None:
    url = license_url("https://beats.example.com/", KEY, CODE, SOON)
    assert url.startswith(f"https://beats.example.com/license/{CODE}.1775044800.")
    assert read_token(KEY, url.rsplit("/", 1)[1]) == Download(CODE, SOON)
    assert verify_url("https://example.com/a", CODE) == f"https://example.com/a/verify/{CODE}"


@pytest.mark.parametrize(
    ("sold", "years", "ends"),
    [
        (datetime(2026, 3, 10, 16, tzinfo=UTC), 5, date(2031, 3, 10)),
        (datetime(2026, 3, 10, 3, tzinfo=UTC), 5, date(2031, 3, 9)),
        (datetime(2028, 2, 29, 16, tzinfo=UTC), 5, date(2033, 2, 28)),
        (datetime(2028, 2, 29, 16, tzinfo=UTC), 4, date(2032, 2, 29)),
        (datetime(2026, 3, 10, 16, tzinfo=UTC), 9000, None),
        (datetime(2026, 3, 10, 16, tzinfo=UTC), "unlimited", None),
    ],
)
def test_license_ends_as_many_years_later_as_its_terms_say(
    sold: datetime, years: int | str, ends: date | None
) -> None:
    own = make.sold_license(f"---\nyears: {years}\n---\nWords", sale={"sold": sold})
    assert own.ends == ends


def test_license_whose_terms_say_no_years_has_no_end() -> None:
    assert make.sold_license().ends is None
    assert make.sold_license(terms=None).ends is None
