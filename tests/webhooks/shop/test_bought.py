"""The page after the payment."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.sold_license import LINK_LIFE
from tests import factories as make
from tests.text.pdf import text_of
from tests.webhooks.shop.conftest import Stand, open_stand
from webhooks.shop.checkout import PATIENT

PAGE = "/bought?session_id=cs_1"


def links(text: str) -> list[str]:
    return re.findall(r'href="\./(license/[^"]+)"', text)


async def test_it_shows_what_was_bought_and_the_licenses_to_download(stand: Stand) -> None:
    await stand.sell(make.paid("1", make.lease("Low Tide"), make.exclusive("Midnight Drive")))
    page = await stand.get(PAGE)
    assert page.status == 200
    for said in ("It is yours", "Low Tide", "Basic Lease", "$30.00", "No. 1001", "$500.00"):
        assert said in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Refresh" not in page.headers
    first, second = links(page.text)
    for link, track in ((first, "Low Tide"), (second, "Midnight Drive")):
        document = await stand.get(f"/{link}")
        assert document.headers["Content-Type"] == "application/pdf"
        assert track in text_of(document.body)


async def test_it_names_nobody(stand: Stand) -> None:
    await stand.sell(make.paid("1"))
    assert not re.search(r"Ana|Lima|example\.com", (await stand.get(PAGE)).text)


async def test_until_the_sale_is_recorded_it_looks_again_by_itself(stand: Stand) -> None:
    page = await stand.get(PAGE)
    assert "Your payment is being confirmed" in page.text
    assert page.headers["Refresh"] == "2; url=bought?session_id=cs_1&looks=1"
    later = await stand.get(f"{PAGE}&looks=9")
    assert later.headers["Refresh"] == "11; url=bought?session_id=cs_1&looks=10"
    last = await stand.get(f"{PAGE}&looks={PATIENT}")
    assert "Refresh" not in last.headers
    assert "nothing is lost" in last.text
    assert (await stand.get(f"{PAGE}&looks=-1x")).headers["Refresh"].startswith("2;")
    await stand.sell(make.paid("1"))
    assert "It is yours" in (await stand.get(PAGE)).text


async def test_while_only_an_event_told_of_it_its_tracks_are_not_known(stand: Stand) -> None:
    await stand.sell(replace(make.paid("1"), detailed=False))
    assert "Your payment is being confirmed" in (await stand.get(PAGE)).text


@pytest.mark.parametrize(
    "query", ["", "?session_id=", "?session_id=pi_1", "?session_id=cs_%3Cscript%3E"]
)
async def test_without_a_session_there_is_nothing_to_show(stand: Stand, query: str) -> None:
    page = await stand.get(f"/bought{query}")
    assert page.status == 404
    assert "Nothing to show here" in page.text
    assert "<script" not in page.text


async def test_what_is_not_paid_yet_gives_no_license(stand: Stand) -> None:
    sold = make.paid("1")
    await stand.sell(make.pending(sold))
    page = (await stand.get(PAGE)).text
    assert "Your payment is on its way" in page
    assert links(page) == []
    await stand.sell(make.failed(sold))
    page = (await stand.get(PAGE)).text
    assert "Your payment did not arrive" in page
    assert links(page) == []


async def test_what_was_refunded_gives_none_any_more(stand: Stand) -> None:
    sold = make.settled(make.paid("1"))
    await stand.sell(sold)
    await stand.sell(make.refunded(sold))
    page = (await stand.get(PAGE)).text
    assert "no longer valid" in page
    assert links(page) == []


async def test_who_came_too_late_is_told_that_the_money_comes_back(stand: Stand) -> None:
    await stand.sell(
        make.paid("9", make.exclusive("Midnight Drive"), buyer=make.BEN),
        make.paid("1", at=make.NOON + timedelta(hours=1)),
    )
    page = (await stand.get(PAGE)).text
    assert "bought this track exclusively" in page
    assert links(page) == []
    assert "Ben" not in page


async def test_its_links_end_some_time_after_the_sale(stand: Stand) -> None:
    await stand.sell(make.paid("1"))
    stand.time.now = make.NOON + LINK_LIFE - timedelta(seconds=1)
    (link,) = links((await stand.get(PAGE)).text)
    assert (await stand.get(f"/{link}")).status == 200
    stand.time.now += timedelta(seconds=1)
    page = (await stand.get(PAGE)).text
    assert links(page) == []
    assert "has expired" in page


async def test_without_a_key_it_shows_what_events_told(tmp_path: Path) -> None:
    async with open_stand(tmp_path, key=False) as stand:
        await stand.sell(replace(make.paid("1"), detailed=False))
        assert "It is yours" in (await stand.get(PAGE)).text
