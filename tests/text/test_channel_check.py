"""Roles that can see a channel: when the bot asks about them, and that the question fits."""

import pytest

from bot.text.channel_check import Viewers, ViewingRole, viewers_question
from tests.text.limits import assert_fits, text


def viewers(*roles: ViewingRole, members: int | None = 100) -> Viewers:
    return Viewers(20, roles, members)


def role(members: int | None, *, manages: bool = False, name: str = "Verified") -> ViewingRole:
    return ViewingRole(name, members, manages)


@pytest.mark.parametrize(
    ("seen_by", "most"),
    [
        (viewers(), False),
        (viewers(role(50)), False),
        (viewers(role(51)), True),
        (viewers(role(51, manages=True)), True),
        (viewers(role(30), role(21)), True),
        (viewers(role(None)), True),
        (viewers(role(None, manages=True)), False),
        (viewers(role(1), members=None), True),
    ],
)
def test_most_of_a_server_is_more_than_half_as_far_as_that_is_known(
    seen_by: Viewers, most: bool
) -> None:
    assert seen_by.most is most


def test_question_names_the_roles_and_fits_however_many_there_are() -> None:
    many = [role(10**6, name="*`@" * 33) for _ in range(250)]
    message = viewers_question(viewers(*many, members=10**7), "payouts")
    assert_fits(message)
    assert "(1,000,000 of 10,000,000 members)" in text(message)
    assert "and 2" in text(message)
    assert_fits(viewers_question(viewers(role(None), members=None), "sales"))
    assert "(1 member)" in text(viewers_question(viewers(role(1), members=None), "sales"))
