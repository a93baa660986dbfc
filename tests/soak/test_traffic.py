"""What becomes of events on their way, and how slow Stripe is, by a seed."""

from collections import Counter
from collections.abc import Iterator

from soak.traffic import LEAST, MOST, SLOW, Disorder, Slowness

EVENTS = [{"id": f"evt_{number}"} for number in range(1000)]


def drawn(disorder: Disorder) -> Iterator[str]:
    while (event := disorder.pick()) is not None:
        yield event["id"]


def test_each_event_comes_at_last_but_those_that_are_lost() -> None:
    disorder = Disorder(1)
    disorder.add(EVENTS)
    before = set(drawn(disorder))
    disorder.hurry()
    late = set(drawn(disorder))
    assert late - before
    assert before | late == {event["id"] for event in EVENTS} - disorder.lost
    assert 50 < len(disorder.lost) < 150


def test_some_come_twice_and_none_in_order() -> None:
    disorder = Disorder(1)
    disorder.add(EVENTS)
    disorder.hurry()
    order = list(drawn(disorder))
    assert max(Counter(order).values()) == 2
    assert len(order) - len(set(order)) == disorder.doubled > 50
    assert order != sorted(order, key=lambda id_: int(id_.removeprefix("evt_")))


def test_a_seed_makes_the_same_fate() -> None:
    fates = []
    for _ in range(2):
        disorder = Disorder(7)
        disorder.add(EVENTS)
        fates.append((disorder.lost, list(drawn(disorder))))
    assert fates[0] == fates[1]


def test_few_calls_are_slow_and_the_same_ones_for_the_same_seed() -> None:
    slow, again = Slowness(3), Slowness(3)
    seconds = [slow("/v1/charges") for _ in range(10 * SLOW)]
    waits = [each for each in seconds if each]
    assert 0 < len(waits) < SLOW
    assert all(LEAST <= each <= MOST for each in waits)
    assert seconds == [again("/v1/charges") for _ in range(10 * SLOW)]
