"""How slow the soak's Stripe is."""

from soak.slowness import LEAST, MOST, SLOW, Slowness


def test_few_calls_are_slow_and_the_same_ones_for_the_same_seed() -> None:
    slow, again = Slowness(3), Slowness(3)
    seconds = [slow("/v1/charges") for _ in range(10 * SLOW)]
    waits = [each for each in seconds if each]
    assert 0 < len(waits) < SLOW
    assert all(LEAST <= each <= MOST for each in waits)
    assert seconds == [again("/v1/charges") for _ in range(10 * SLOW)]
