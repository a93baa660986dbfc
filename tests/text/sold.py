"""Sold licenses made by hand, and the text of a document."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pypdf import PdfReader

from bot.domain.license_terms import Terms
from bot.domain.sold_license import PriorLease, SoldLicense
from tests.text import samples

TEXT = """One song, and **{track}** is yours.

## What you may do

- Sell it, {buyer}
- Stream it

Paid {price} on {date} to *{producer}* for {license}, sale {number}.
"""


def terms(text: str = TEXT, **changes: Any) -> Terms:
    fields: dict[str, Any] = {"name": "lease", "version": 2, "text": text, "since": samples.NOON}
    return Terms(**{**fields, **changes})


def sold(text: str = TEXT, **changes: Any) -> SoldLicense:
    """A lease; `changes` go to the license, and `line`, `payment`, `sale`, `producer` to these."""
    of = samples.payment(samples.line(**changes.pop("line", {})), **changes.pop("payment", {}))
    producer = samples.producer(**{"name": "Night Owl Beats", **changes.pop("producer", {})})
    record = samples.record(of, producer=producer)
    sale = replace(record.sales[0], **changes.pop("sale", {}))
    record = replace(record, sales=(sale,))
    return SoldLicense(record=record, sale=sale, **{"terms": terms(text), **changes})


def exclusive(leases: int, **changes: Any) -> SoldLicense:
    """An exclusive with so many leases before it, a day apart."""
    prior = [
        PriorLease(number=1001 + i, sold=samples.NOON - timedelta(days=leases - i))
        for i in range(leases)
    ]
    own = {"exclusive": True, "amount": 50_000}
    return sold(**{"line": own, "prior": tuple(prior), "prior_count": leases, **changes})


def text_of(pdf: bytes) -> str:
    """All that a document says, on one line, without the marks at which long words may break."""
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return " ".join(" ".join(pages).replace("\u200b", "").split())
