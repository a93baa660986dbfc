"""Lines of the log that strangers cause."""

from webhooks.log_limit import APART, FewLines


def test_a_line_is_due_now_and_then_and_says_how_often_it_happened() -> None:
    now = [0.0]
    lines = FewLines(lambda: now[0])
    assert lines.due("too_slow") == 1
    assert [lines.due("too_slow") for _ in range(999)] == [None] * 999
    assert lines.due("not_json") == 1
    now[0] += APART
    assert lines.due("too_slow") == 1000
    assert lines.due("too_slow") is None
