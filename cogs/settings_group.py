"""The group that all of `/settings` is in, whichever file it is written in."""

from discord import app_commands

from cogs.permission import CONTEXTS, INSTALLS, MANAGERS

settings = app_commands.Group(
    name="settings",
    description="Where and how sales are told, and how everything stands",
    guild_only=True,
    default_permissions=MANAGERS,
    allowed_contexts=CONTEXTS,
    allowed_installs=INSTALLS,
)
