"""Why alerts wait or failed: noted in English when it was found out, said to who asks."""

from bot.render.language import Phrase, phrase, said

LACKING = phrase("the bot lacks permissions in the channel: {permissions}")
"""The permissions, as Discord's menus call them, with commas between."""

_STATUS = " (HTTP"
"""How the status of Discord's answer begins, after some reasons."""


def reason_words(noted: str) -> str:
    """A noted reason in the language spoken; what nobody has words for stays as it is."""
    reason, bracket, status = noted.partition(_STATUS)
    head = LACKING.partition("{")[0]
    if reason.startswith(head):
        names = reason.removeprefix(head).split(", ")
        return said(LACKING, permissions=", ".join(said(Phrase(name)) for name in names))
    return f"{said(Phrase(reason))}{bracket}{status}"
