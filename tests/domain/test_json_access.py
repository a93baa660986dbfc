from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import json_access
from tests.factories import CHARGED, at

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(anything)
def test_nothing_breaks_them(value: Any) -> None:
    json_access.text(value)
    json_access.paragraphs(value)
    json_access.identifier(value)
    json_access.integer(value)
    json_access.currency(value)
    json_access.moment(value)
    assert hasattr(json_access.mapping(value), "get")
    assert isinstance(json_access.mappings(value), list)


@given(st.text())
def test_texts_can_be_stored_everywhere(value: str) -> None:
    kept = json_access.text(value)
    if kept is not None:
        assert 0 < len(kept.encode()) <= 4 * json_access.LONGEST_TEXT
        assert kept == json_access.text(kept)
        assert "\0" not in kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("  Midnight\n\tDrive ", "Midnight Drive"),
        ("Mid\0night\x1b[31m", "Mid night [31m"),
        ("half of a pair \ud83d", "half of a pair"),
        ("x" * 10_000, "x" * 500),
        ("", None),
        (" \n ", None),
        ("\u200b\u2060", None),
        (7, None),
    ],
)
def test_texts_come_on_one_line_without_control_characters(value: object, kept: object) -> None:
    assert json_access.text(value) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("Slow drums.\r\n\r\n\n  Rain\tof  strings. ", "Slow drums.\nRain of strings."),
        ("One line", "One line"),
        ("\u200b\n\0\n", None),
        ("x" * 600, "x" * 600),
        ("x\n" * 10_000, "x\n" * 1999 + "x"),
        (7, None),
    ],
)
def test_paragraphs_stay_apart(value: object, kept: object) -> None:
    assert json_access.paragraphs(value) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("pi_1", "pi_1"),
        ({"id": "pi_1", "amount": 5}, "pi_1"),
        ({"id": 5}, None),
        ("pi_1; DROP", None),
        ("x" * 256, None),
        ("", None),
        (None, None),
    ],
)
def test_ids_come_plain_or_expanded(value: object, kept: object) -> None:
    assert json_access.identifier(value) == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        *((value, value) for value in (0, -5, 10**15)),
        *((value, None) for value in (True, 1.0, "1", None, 10**15 + 1, -(10**15) - 1, 10**40)),
    ],
)
def test_amounts_are_honest_whole_numbers(value: object, kept: object) -> None:
    assert json_access.integer(value) == kept


@pytest.mark.parametrize(
    ("value", "kept"), [("usd", "usd"), ("EUR", "eur"), ("us", None), ("us1", None), (5, None)]
)
def test_currencies_are_three_letters(value: object, kept: object) -> None:
    assert json_access.currency(value) == kept


def test_moments_are_aware_or_none() -> None:
    assert json_access.moment(CHARGED) == at(CHARGED)
    for value in (0, -5, 10**14, 1.5, "1790000000", None):
        assert json_access.moment(value) is None


def test_lists_come_plain_or_as_stripes_list_objects() -> None:
    assert json_access.mappings([{"id": "a"}, "b", None]) == [{"id": "a"}]
    assert json_access.mappings({"object": "list", "data": [{"id": "a"}]}) == [{"id": "a"}]
    assert json_access.mappings("ab") == []
