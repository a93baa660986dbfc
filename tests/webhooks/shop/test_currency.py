import pytest

from webhooks.shop.currency import shown_currency

OFFERED = ("usd", "eur", "gbp")


@pytest.mark.parametrize(
    ("languages", "code"),
    [
        ("de-AT,en-US;q=0.7", "eur"),
        ("en-US;q=0.1, en-GB; q=0.9", "gbp"),
        ("de-DE;q=0", "usd"),
        ("es-419", "usd"),
        ("en-GB", "gbp"),
        # A language alone: where most of its speakers live.
        ("de,en-US;q=0.7,en;q=0.3", "eur"),
        ("en", "usd"),
        # The most wanted first, wherever it stands.
        ("en-GB;q=0.2, fr-FR;q=0.9", "eur"),
        # Not offered there: the next language, then the producer's first currency.
        ("ja-JP, en-GB;q=0.5", "gbp"),
        ("ja-JP", "usd"),
        ("de-u-co-phonebk", "eur"),
        ("", "usd"),
        ("*", "usd"),
        ("xx-YY;q=nothing,;;q=,\x00-\x00", "usd"),
        ("de-" * 10_000, "eur"),
    ],
)
def test_currency_is_that_of_the_visitors_region(languages: str, code: str) -> None:
    shown = shown_currency(OFFERED, "", languages)
    assert (shown.code, shown.query) == (code, "")


@pytest.mark.parametrize(("chosen", "query"), [("GBP", "?currency=gbp"), ("xyz", ""), ("", "")])
def test_chosen_currency_is_kept_if_something_is_sold_in_it(chosen: str, query: str) -> None:
    assert shown_currency(OFFERED, chosen, "en-US").query == query


def test_empty_shop_has_no_currency() -> None:
    assert shown_currency((), "", "en-US").code == ""
