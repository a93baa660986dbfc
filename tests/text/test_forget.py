"""What goes of a buyer, said before it goes."""

import re

from bot.domain.redaction import Person, PersonRecords
from bot.text.forget import forget_question
from tests.phone import lines_at_390
from tests.text.limits import text


def test_forget_question_counts_sales_that_do_not_fit() -> None:
    traces = PersonRecords(
        producer_id=1,
        livemode=True,
        names=("Ana Lima",),
        payments=1,
        sales=tuple(range(1000, 2000)),
        messages=1,
    )
    found = Person(email="ana@example.com", traces=(traces,), events=())
    field = forget_question(found, "0" * 16).embeds[0].fields[0]
    rest = re.search(r"… and ([\d,]+) more$", field.value or "")
    assert rest is not None
    assert (field.value or "").count("#") + int(rest[1]) == 1000


def test_forget_question_names_only_what_there_is_and_is_short_on_a_phone() -> None:
    traces = PersonRecords(
        producer_id=1,
        livemode=True,
        names=("Bartholomew Featherstonehaugh",),
        payments=3,
        sales=(1042, 1043, 1044),
        messages=0,
    )
    found = Person(email="bartholomew@featherstonehaugh.example", traces=(traces,), events=(1, 2))
    question = forget_question(found, "0" * 16)
    assert "2 stored events" in text(question)
    assert "0 messages" not in text(question)
    assert lines_at_390(question) <= 21
