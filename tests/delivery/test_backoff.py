"""How long to wait before the next try."""

from bot.delivery.backoff import Backoff


def test_the_waits_grow_to_a_minute() -> None:
    backoff = Backoff(chance=lambda: 0.0)
    assert [backoff.next() for _ in range(9)] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_chance_takes_off_up_to_half() -> None:
    waits = [Backoff().next() for _ in range(200)]
    assert all(0.5 <= wait <= 1 for wait in waits)
    assert len(set(waits)) > 100


def test_what_the_other_side_asks_for_is_waited_at_least() -> None:
    assert Backoff().next(at_least=90.0) == 90.0


def test_after_a_success_it_begins_anew() -> None:
    backoff = Backoff(chance=lambda: 0.0)
    backoff.next()
    backoff.next()
    backoff.reset()
    assert backoff.next() == 1
