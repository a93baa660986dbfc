"""Words made harmless, short enough and readable; money with Stripe's decimals."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.text.language import speaking
from bot.text.words import (
    NO_NAME,
    code,
    country_name,
    day,
    distinct,
    masked,
    money,
    monies,
    narrow,
    ordinal,
    plain,
    safe,
    sales_words,
    size,
    timestamp,
    when_words,
    width,
)
from tests.phone import broken
from tests.text.hostile import NASTY
from tests.text.limits import OVERRIDES, units

anything = st.one_of(st.text(st.characters(exclude_categories=())), st.sampled_from(NASTY))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Midnight Drive", "Midnight Drive"),
        ("*bold* _it_ `c`", "\\*bold\\* \\_it\\_ \\`c\\`"),
        ("@everyone <@1> :smile:", "\\@everyone \\<\\@1\\> \\:smile\\:"),
        ("[a](https://x.y)", "\\[a\\]\\(https\\://x.y\\)"),
        ("# head", "\\# head"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("Take 1. cut - b", "Take 1. cut - b"),
        ("two\nlines\tand  spaces ", "two lines and spaces"),
        ("in\x00vis\u200bible\ue000\ud800", "invisible"),
        ("gnp\u202eexe", "gnpexe"),
        ("", NO_NAME),
        (" \n ", NO_NAME),
        ("\u3164\u2800", NO_NAME),
        (None, NO_NAME),
        ("👩‍🎤", "👩‍🎤"),
    ],
)
def test_safe_name_has_no_working_markup(text: str | None, shown: str) -> None:
    assert safe(text, 100) == shown


def test_name_from_right_to_left_leaves_what_follows_in_order() -> None:
    assert plain("منتصف الليل", 40) == "\u2068منتصف الليل\u2069"
    assert units(plain("ل" * 100, 40)) == 40


def test_long_names_end_in_an_ellipsis() -> None:
    assert plain("abcdefghij", 5) == "abcd…"
    assert plain("abc defghij", 5) == "abc…"
    assert safe("*" * 10, 6) == "\\*\\*…"
    assert plain("abcde", 5) == "abcde"


@given(anything, st.integers(16, 300))
def test_any_text_fits_and_shows_something(text: str, limit: int) -> None:
    for shown in (plain(text, limit), safe(text, limit), code(text, limit)):
        assert 0 < units(shown) <= limit
        assert size(shown) == units(shown)
        assert not OVERRIDES & set(shown)
        assert shown == shown.strip()
        assert "\n" not in shown


@given(anything)
def test_no_escape_is_cut_in_two(text: str) -> None:
    shown = safe(text, 20).rstrip("\u2069").rstrip("…")
    assert (len(shown) - len(shown.rstrip("\\"))) % 2 == 0


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("jordan@gmail.com", "j•••@gmail.com"),
        (" j@x.io ", "j•••@x.io"),
        ("a@b@c.d", "a•••@c.d"),
        ("*@_x_.io", "\\*•••@\\_x\\_.io"),
        ("nobody", "•••"),
        ("@x.io", "•••"),
        ("", "•••"),
        (None, "•••"),
    ],
)
def test_email_is_masked(email: str | None, shown: str) -> None:
    assert masked(email) == shown


def test_text_in_code_marks_cannot_leave_them() -> None:
    assert code("a`b``c", 40) == "`abc`"
    assert code("``", 40) == f"`{NO_NAME}`"


def test_time_is_a_discord_timestamp_and_a_day_is_not() -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    assert timestamp(moment) == "<t:1795478400:f>"
    assert timestamp(moment, "R") == "<t:1795478400:R>"
    assert day(moment) == "Tue, Nov 24, 2026"
    assert day(moment, short=True) == "Nov 24"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 30, 4, 59, tzinfo=UTC), "Sun <t:1796014740:t>"),
        (datetime(2026, 11, 30, 5, 0, tzinfo=UTC), "today <t:1796014800:t>"),
        (datetime(2026, 11, 24, 5, 0, tzinfo=UTC), "Tue <t:1795496400:t>"),
        (datetime(2026, 11, 24, 4, 59, tzinfo=UTC), "Nov 23"),
        (datetime(2026, 1, 1, 5, 0, tzinfo=UTC), "Jan 1"),
        (datetime(2026, 1, 1, 4, 59, tzinfo=UTC), "Dec 31, 2025"),
        (datetime(2026, 12, 2, 5, 0, tzinfo=UTC), "Wed <t:1796187600:t>"),
        (datetime(2027, 1, 15, 12, 0, tzinfo=UTC), "Jan 15, 2027"),
    ],
)
def test_time_by_its_distance_names_the_producers_day(moment: datetime, words: str) -> None:
    now = datetime(2026, 12, 1, 4, 0, tzinfo=UTC)
    assert when_words(moment, now, "America/New_York") == words


def test_time_by_its_distance_in_spanish() -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    with speaking("es"):
        assert when_words(now, now, "UTC") == "hoy <t:1796040000:t>"
        assert when_words(datetime(2026, 11, 3, tzinfo=UTC), now, "UTC") == "3 nov"


def test_numbers_are_said_in_words() -> None:
    assert [sales_words(n) for n in (0, 1, 2, 1200)] == [
        "0 sales",
        "1 sale",
        "2 sales",
        "1,200 sales",
    ]
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)] == (
        "1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th".split()
    )


@pytest.mark.parametrize(
    ("country", "shown"),
    [("US", "🇺🇸 United States"), ("de", "🇩🇪 Germany"), ("QQ", "🇶🇶 QQ"), ("", ""), (None, "")],
)
def test_country_has_its_flag_and_name(country: str | None, shown: str) -> None:
    assert country_name(country) == shown


@pytest.mark.parametrize("common", ["N" * 100, "🎹" * 60, "ليل " * 40, "a\u200d" * 80])
def test_names_that_begin_alike_are_told_apart_by_their_ends(common: str) -> None:
    names = [f"{common} by day", f"{common} by night", "Neon Rain"]
    shown = distinct(names, 100)
    assert len(set(shown)) == 3
    assert shown[2] == "Neon Rain"
    assert all(size(one) <= 100 for one in shown)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (123450, "usd", "$1,234.50"),
        (1000, "eur", "€10.00"),
        (500, "jpy", "¥500"),
        (12345, "kwd", "KWD\xa012.345"),
        (-117, "usd", "-$1.17"),
        (0, "gbp", "£0.00"),
        (500000, "huf", "HUF\xa05,000.00"),
        (100, "chf", "CHF\xa01.00"),
        (100, "cad", "CA$1.00"),
        (7, "xyz", "XYZ\xa00.07"),
        (10**18 + 1, "usd", "$10,000,000,000,000,000.01"),
    ],
)
def test_money_is_written_as_in_american_english(amount: int, currency: str, shown: str) -> None:
    assert money(Money(amount, currency)) == shown


def test_currencies_stand_side_by_side() -> None:
    assert monies([Money(100, "usd"), Money(200, "eur")]) == "$1.00 + €2.00"
    assert monies([]) == "nothing"


@pytest.mark.parametrize(
    "name",
    [
        "Midnight Drive (Extended Version)",
        "WMWMWMWMWMWMWMWM",
        "illicit lilting lilies till April, still lilting",
        "真夜中のドライブ・ロングバージョン",
        "*bold* _names_ `of` ~~beats~~ [here](there)",
    ],
)
@pytest.mark.parametrize("room", [60, 100, 180])
def test_narrow_name_fits_into_its_room_on_a_phone(name: str, room: int) -> None:
    shown = narrow(name, room)
    assert shown.endswith("…")
    assert len(broken(shown.replace(" ", "x"), room, 14)) == 1


def test_name_that_fits_is_not_cut() -> None:
    assert narrow("Neon Rain", 100) == "Neon Rain"
    assert width("**Neon Rain**") == width("Neon Rain")
    assert width("<t:1773158400:t>") == width("10:37 PM")
