"""What goes of a buyer, said before it goes."""

import re

from bot.domain.redaction import Person, PersonRecords
from bot.text.forget import forget_question


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
