"""What Discord tells of the bot's application, which simcord knows no owner of."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simcord.http.router import _ROUTES, RequestContext
from simcord.http.routes.application import application_info

_PATH = ["oauth2", "applications", "@me"]


def person(user_id: int) -> dict[str, Any]:
    return {"id": str(user_id), "username": "dev", "discriminator": "0", "avatar": None}


def team(owner: int, *members: tuple[int, str, int]) -> dict[str, Any]:
    """A team: each member by id, role, and state (1 invited, 2 accepted).

    https://docs.discord.com/developers/topics/teams#data-models
    """
    listed = [
        {"user": person(id_), "role": role, "membership_state": state}
        | {"permissions": ["*"], "team_id": "9"}
        for id_, role, state in members
    ]
    return {"id": "9", "name": "Devs", "icon": None, "owner_user_id": str(owner), "members": listed}


@contextmanager
def application(*, owner: int, team: dict[str, Any] | None = None) -> Iterator[None]:
    """Have it owned by a person, or by a team."""

    def told(ctx: RequestContext) -> dict[str, Any]:
        return {**application_info(ctx), "owner": person(owner), "team": team}

    # The first of two that fit counts.
    _ROUTES["GET"].insert(0, (_PATH, told))
    try:
        yield
    finally:
        _ROUTES["GET"].remove((_PATH, told))
