import pytest

from fakes.stripe.requests import Query, Refused, page, parse, within

IDS = [f"x_{n}" for n in range(7)]
"""Oldest first."""


def listed(**fields: str) -> tuple[list[str], bool]:
    data, more = page(IDS, Query(fields), lambda id_: {"id": id_}, lambda _: True)
    return [obj["id"] for obj in data], more


def test_parameters_are_told_apart_by_their_shape() -> None:
    query = parse([("limit", "3"), ("expand[0]", "a.b"), ("expand[]", "c"), ("created[gte]", "12")])

    assert query.limit == 3
    assert query.lists == {"expand": ["a.b", "c"]}
    assert query.maps == {"created": {"gte": "12"}}


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many"])
def test_a_limit_is_between_1_and_100(limit: str) -> None:
    with pytest.raises(Refused):
        _ = Query({"limit": limit}).limit


def test_a_key_nobody_can_read_is_refused() -> None:
    with pytest.raises(Refused):
        parse([("what?", "1")])


def test_a_page_is_newest_first() -> None:
    assert listed(limit="3") == (["x_6", "x_5", "x_4"], True)


def test_starting_after_goes_on_with_older_ones() -> None:
    assert listed(limit="5", starting_after="x_4") == (["x_3", "x_2", "x_1", "x_0"], False)


def test_ending_before_gives_those_just_newer() -> None:
    assert listed(limit="2", ending_before="x_3") == (["x_5", "x_4"], True)
    assert listed(limit="3", ending_before="x_3") == (["x_6", "x_5", "x_4"], False)


def test_a_cursor_that_is_not_in_the_list_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        listed(starting_after="x_99")
    assert refused.value.body["error"]["code"] == "resource_missing"


def test_times_keep_to_all_their_bounds() -> None:
    assert within(5, {"gt": "4", "lte": "5"})
    assert not within(5, {"gte": "5", "lt": "5"})
