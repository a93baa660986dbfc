"""Reasons noted in English, by who knows of no languages, said in the language of who asks."""

import ast
from collections.abc import Iterator

import pytest

from bot.text.language import speaking
from bot.text.reasons import LACKING, reason_words
from tests.test_structure import modules
from tests.texts import name_of

NOTED = {"StripeDown", "StripeDenied", "StripeRefused", "NotUnderstood", "NothingToTell"}
"""What is raised with a reason that a person may come to read."""


def noted() -> Iterator[str]:
    """Each such reason, with something in the places of its values."""
    for module in modules("bot/domain", "bot/stripe_api", "bot/sync", "bot/delivery"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and name_of(node) in NOTED and node.args:
                match node.args[0]:
                    case ast.Constant(value=str() as reason):
                        yield reason
                    case ast.JoinedStr(values=parts):
                        yield "".join(
                            str(part.value) if isinstance(part, ast.Constant) else "(7; {x})"
                            for part in parts
                        )


@pytest.mark.parametrize("reason", sorted(set(noted())))
def test_each_has_its_words_in_every_language(reason: str) -> None:
    assert reason_words(reason) == reason
    with speaking("es"):
        words = reason_words(reason)
    assert words != reason
    assert words.count("(7; {x})") == reason.count("(7; {x})")


def test_permissions_are_named_as_discords_menus_name_them() -> None:
    with speaking("es"):
        words = reason_words(LACKING.format(permissions="View Channel, Embed Links"))
    assert words.endswith(": Ver canal, Insertar enlaces")


@pytest.mark.parametrize("reason", ["", "{x} %s", "Stripe denies\naccess: x", "KeyError"])
def test_what_nobody_has_words_for_stays_as_it_is(reason: str) -> None:
    with speaking("es"):
        assert reason_words(reason) == reason
