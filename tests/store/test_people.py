"""What buyers are found by."""

import pytest

from bot.ledger.payment import Buyer
from bot.store.people import WORDS, searchable, typed_prefix


@pytest.mark.parametrize(
    "typed", ["mary", "Mary J", "jane watson", "WATS", "m.j.w", "watson99", "@label.ex", "label"]
)
def test_a_buyer_is_found_by_the_beginning_of_each_word(typed: str) -> None:
    buyer = Buyer(name="Mary  Jane Watson", email="m.j.Watson99@label.example")
    assert any(word.startswith(typed_prefix(typed)) for word in searchable(buyer))


@pytest.mark.parametrize("typed", ["ary", "watson mary", "example"])
def test_the_inside_of_a_word_finds_nobody(typed: str) -> None:
    buyer = Buyer(name="Mary Jane Watson", email="m.j.watson99@label.example")
    assert not any(word.startswith(typed_prefix(typed)) for word in searchable(buyer))


def test_a_name_without_end_adds_few_words() -> None:
    words = searchable(Buyer(name=" ".join(["word" * 50] * 500), email="a@b.example"))
    assert len(words) <= WORDS
    assert "a@b.example" in words


def test_an_unknown_buyer_has_no_words() -> None:
    assert searchable(Buyer()) == set()
