"""Noted reasons and problems, said in the asker's language and harmless."""

import ast
from collections.abc import Iterator

import pytest

from bot.domain.problem import (
    CURRENCY,
    DENIED,
    GONE,
    KEY,
    LEFT_OUT,
    NOT_UNDERSTOOD,
    REFUSED,
    WORD,
    OpenProblem,
    Problem,
)
from bot.text.language import speaking
from bot.text.problem_words import (
    LACKING,
    PERMISSIONS,
    problem_words,
    problems_list,
    reason_words,
    trouble_words,
)
from tests import factories as make
from tests.test_readme import AT_STRIPE
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
def test_noted_reasons_have_words_in_every_language(reason: str) -> None:
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
def test_reason_without_words_stays_as_it_is(reason: str) -> None:
    with speaking("es"):
        assert reason_words(reason) == reason


def listed(subject: str) -> str:
    one = OpenProblem(subject, Problem(GONE), make.NOON)
    return problems_list([one], 1, make.producer())[-1]


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Problem(GONE), "Stripe has no such object"),
        (Problem(REFUSED), "Stripe refuses to show it"),
        (Problem(DENIED, "", "rak_dispute_read"), "can't read **Disputes** (`rak_dispute_read`)"),
        (Problem(DENIED, "", "rak_new_read"), "can't read `rak_new_read`"),
        (Problem(DENIED), "can't read that"),
        (Problem(CURRENCY, "", "xqz"), "I don't know the currency `xqz`"),
        (Problem(LEFT_OUT, "re_1", "refund"), "a refund (`re_1`) is not counted"),
        (Problem(LEFT_OUT, "", "refund"), "a refund is not counted"),
        (Problem(LEFT_OUT, "x_1", "*"), "something (`x_1`) is not counted"),
        (Problem(WORD, "dp_1", "frozen"), "Stripe says `frozen` (`dp_1`)"),
        (Problem(NOT_UNDERSTOOD, "", "it lacks @its id"), "not understood: it lacks \\@its id"),
        (Problem("of a later version", "", "*x*"), "not understood: \\*x\\*"),
    ],
)
def test_problem_of_each_kind_has_words(problem: Problem, words: str) -> None:
    assert words in problem_words(problem)


def test_marks_in_stripes_words_do_nothing() -> None:
    assert "``" not in problem_words(Problem(WORD, "`a`", "`` @everyone ``"))


def test_trouble_of_several_kinds_says_what_helps() -> None:
    missing = "the Stripe API key lacks a permission: rak_product_read"
    words = trouble_words(f"{missing}; Stripe cannot be reached")
    assert words.startswith("my Stripe key can't read **Products** (`rak_product_read`)")
    assert words.endswith("; Stripe cannot be reached")


def test_trouble_in_stripes_own_words_does_no_harm() -> None:
    assert trouble_words("*no* @everyone") == "\\*no\\* \\@everyone"
    assert trouble_words("rak_" + "`" * 9) == "my Stripe key can't read `rak_`: allow it in " + (
        "Stripe, then restart me"
    )
    assert len(trouble_words("x; " * 10_000)) < 500


def test_problem_is_linked_to_its_object_in_stripe() -> None:
    dashboard = "<https://dashboard.stripe.com"
    assert f"[Payment `pi_1`]({dashboard}/payments/pi_1>)" in listed("payment:pi_1")
    assert f"[Payout `po_1`]({dashboard}/payouts/po_1>)" in listed("payout:po_1")
    assert "• Payment `cs_1`, " in listed("payment:cs_1")
    assert "• The key, " in listed(KEY)
    event = problems_list([make.problem()], 1, make.producer())[-1]
    assert f"[Event `refund.created`]({dashboard}/events/evt_1>)" in event
    assert f"<t:{int(make.NOON.timestamp())}:R>" in event


def test_problems_list_without_problems_is_empty() -> None:
    assert problems_list([], 0, make.producer()) == []


def test_permissions_are_named_as_in_the_documents() -> None:
    for permission, name in PERMISSIONS.items():
        # Some it asks for to write, which allows reading too.
        assert f"{name} (`{permission.removesuffix('_read')}_" in AT_STRIPE
