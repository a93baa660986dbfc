"""What of Discord's API simcord does not have yet: how many members a server and its roles have."""

from collections import Counter
from typing import Any

from simcord.http.router import _ROUTES, RequestContext, route
from simcord.http.routes.guilds import get_guild


@route("GET", "/guilds/{guild_id}/roles/member-counts")
def role_member_counts(ctx: RequestContext) -> dict[str, int]:
    """How many members have each role, without @everyone.

    https://docs.discord.com/developers/resources/guild#get-guild-role-member-counts
    """
    guild = ctx.backend.get_guild(ctx.int_arg("guild_id"))
    counts = Counter(role_id for member in guild.members.values() for role_id in member.role_ids)
    return {str(role_id): counts[role_id] for role_id in guild.roles if role_id != guild.id}


def counted_guild(ctx: RequestContext) -> Any:
    """A server with its approximate_member_count, as `with_counts` asks for it."""
    members = len(ctx.backend.get_guild(ctx.int_arg("guild_id")).members)
    return {**get_guild(ctx), "approximate_member_count": members}


# The first of two that fit counts.
_ROUTES["GET"].insert(0, (["guilds", "{guild_id}"], counted_guild))
