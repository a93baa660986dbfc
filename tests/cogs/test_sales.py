"""`/sales`, as a producer uses it."""

from datetime import timedelta

import pytest

from tests import factories as make
from tests.cogs.house import NOW, House, answer_of, embed_of, labels, options_of, said


async def test_the_list_shows_each_sale_and_the_totals(house: House) -> None:
    await house.write(
        make.settled(make.paid("1")),
        make.settled(make.paid("2", make.exclusive("Glass City"), buyer=make.BEN)),
        make.paid("3", make.lease("Low Tide"), at=make.NOON + timedelta(minutes=1)),
    )
    listed = await house.ask("sales")
    assert embed_of(listed).title == "$543.50 net, some fees unknown"
    lines = (embed_of(listed).description or "").split("\n")
    assert lines[:2] == ["3 sales", ""]
    assert lines[2] == "**$30.00** Low Tide · before fees"
    assert lines[3].startswith("\N{EN SPACE}Basic Lease · ")
    assert lines[3].endswith("#1003")
    assert lines[4] == "**$484.70** Glass City · **Exclusive**"
    assert lines[5].startswith("\N{EN SPACE}Ben Okoro · today ")
    assert "@" not in said(listed)
    [totals] = (await house.click(listed, "Totals")).followups
    [of_dollars] = totals.embeds[0].fields
    assert of_dollars.name == "USD · 3 sales · 1 awaiting fees"
    for amount in ("$560.00", "-$16.50", "$543.50"):
        assert amount in (of_dollars.value or "")


async def test_one_leafs_through_ten_at_a_time(house: House) -> None:
    await house.sell(23)
    first = await house.ask("sales")
    assert "23 sales · Page 1 of 3" in said(first)
    assert labels(first) == {"Previous page": False, "Next page": True, "Totals": True}
    assert options_of(first)[0] == "#1023 Midnight Drive"

    message = answer_of(first).message
    await house.owner.click(message, label="Next page")
    await house.owner.click(message, label="Next page")
    assert "23 sales · Page 3 of 3" in said(first)
    assert labels(first) == {"Previous page": True, "Next page": False, "Totals": True}
    assert options_of(first) == [f"#{number} Midnight Drive" for number in (1003, 1002, 1001)]

    await house.owner.click(message, label="Previous page")
    assert "23 sales · Page 2 of 3" in said(first)


async def test_the_menu_opens_a_record_and_leaves_the_list(house: House) -> None:
    await house.sell(2)
    listed = await house.ask("sales")
    assert labels(listed) == {"Totals": True}  # a single page has no page buttons
    opened = await house.choose(listed, "1:1001")
    [record] = opened.followups
    assert record.ephemeral
    assert record.embeds[0].author.name == "Sale #1001 · paid"
    assert embed_of(listed).title == "$57.60 net"


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({"track": "glass city"}, [1002]),
        ({"license": "Basic Lease"}, [1004, 1003, 1001]),
        ({"buyer": "okoro"}, [1002]),
        ({"buyer": "ana.lima@example.com"}, [1004, 1003, 1001]),
        ({"status": "refunded"}, [1003]),
        ({"status": "paid"}, [1004, 1002, 1001]),
        ({"since": "2026-03-10"}, [1004, 1003, 1002]),
        ({"since": "2d"}, [1004, 1003, 1002]),
        ({"since": "2026-03"}, [1004, 1003, 1002]),
        ({"track": "Midnight Drive", "status": "paid"}, [1004, 1001]),
    ],
)
async def test_filters_narrow_the_list(
    house: House, filters: dict[str, str], numbers: list[int]
) -> None:
    month_ago = make.NOON - timedelta(days=30)
    later = make.NOON + timedelta(minutes=5)
    await house.write(
        make.settled(make.paid("1", at=month_ago)),
        make.settled(make.paid("2", make.exclusive("Glass City"), buyer=make.BEN)),
        make.refunded(make.settled(make.paid("3", at=later))),
        make.settled(make.paid("4", at=later)),
    )
    answer = await house.ask("sales", **filters)
    assert [int(one[1:5]) for one in options_of(answer)] == numbers


async def test_the_largest_or_the_oldest_come_first_if_asked(house: House) -> None:
    later = make.NOON + timedelta(minutes=5)
    big = make.settled(make.paid("2", make.exclusive("Glass City"), at=later))
    euro = make.settled(make.paid("4", at=later, currency="eur"), "eur")
    small = [make.settled(make.paid(id_, at=later)) for id_ in ("3", "5")]
    await house.write(make.settled(make.paid("1")), big, *small)
    by_size = await house.ask("sales", sort="largest")
    assert [one[1:5] for one in options_of(by_size)] == ["1002", "1004", "1003", "1001"]
    assert embed_of(by_size).author.name == "Largest first"
    await house.write(euro)
    by_size = await house.ask("sales", sort="largest")
    assert options_of(by_size)[-1].startswith("#1005")
    assert options_of(await house.ask("sales", sort="oldest"))[0].startswith("#1001")


async def test_what_matches_nothing_is_named(house: House) -> None:
    await house.sell(1)
    missing = said(await house.ask("sales", track="Glass *City*", status="refunded"))
    assert missing.strip() == "No track called “Glass \\*City\\*”. `/tracks` lists all of them."
    answer = await house.ask("sales", track="Midnight Drive", status="refunded")
    assert embed_of(answer).title == "No matching sales"
    assert "No sales match Midnight Drive · refunded." in said(answer)


@pytest.mark.parametrize(
    ("typed", "button", "filters"),
    [
        ({"status": "refunded"}, "Show 1 sale", None),
        (
            {"track": "midnight", "status": "refunded", "since": "last week"},
            "Show Midnight Drive · 1 sale",
            "Midnight Drive",
        ),
        (
            {"track": "midnight", "status": "refunded"},
            "Show Midnight Drive · 1 sale",
            "Midnight Drive",
        ),
        ({"buyer": "ana", "since": "today"}, "Show buyer “ana” · 1 sale", "Buyer “ana”"),
    ],
)
async def test_filters_that_match_nothing_offer_the_nearest_that_match(
    house: House, typed: dict[str, str], button: str, filters: str | None
) -> None:
    await house.write(make.paid("1", at=NOW - timedelta(days=30)))
    empty = await house.ask("sales", **typed)
    assert labels(empty) == {button: True}
    assert embed_of(await house.click(empty, button)).author.name == filters


async def test_sales_of_a_range_of_days_end_with_it(house: House) -> None:
    times = (NOW - timedelta(days=days) for days in (1, 20, 40))
    await house.write(*(make.paid(str(key), at=at) for key, at in enumerate(times)))
    answer = await house.ask("sales", since="feb 10 to 25")
    assert embed_of(answer).author.name == "Feb 10 – 25, 2026"
    assert len(options_of(answer)) == 1


@pytest.mark.parametrize("since", ["soon", "2026-13", "2026-02-30", "0d0", "-3d", "99999999d"])
async def test_a_day_that_cannot_be_read_gets_one_line(house: House, since: str) -> None:
    line = said(await house.ask("sales", since=since)).strip()
    assert "is not a period I can read" in line
    assert "\n" not in line


async def test_filters_complete_as_one_types(house: House) -> None:
    await house.write(
        make.paid("1", make.exclusive("Glass City")), make.paid("2", make.lease("Low Tide"))
    )
    [track] = await house.complete("sales", "track", "gla")
    assert track["name"] == "Glass City"
    licenses = await house.complete("sales", "license", "")
    assert [choice["name"] for choice in licenses] == ["Basic Lease", "Exclusive"]
    exclusive = licenses[1]["value"]
    assert "Glass City" in said(await house.ask("sales", license=exclusive))
    assert "Low Tide" not in said(await house.ask("sales", license=exclusive))


async def test_a_name_too_long_to_complete_is_found_by_its_beginning(house: House) -> None:
    await house.write(make.paid("1", make.lease("Tide " * 40)))
    [choice] = await house.complete("sales", "track", "tide")
    assert len(choice["name"]) == 100
    assert options_of(await house.ask("sales", track=("Tide " * 40)[:100]))
    assert options_of(await house.ask("sales", track=choice["value"]))


async def test_a_list_from_before_a_restart_says_how_to_get_a_new_one(house: House) -> None:
    await house.sell(11)
    message = answer_of(await house.ask("sales")).message
    await house.restart()
    pressed = await house.owner.click(message, label="Next page")
    assert said(pressed).strip() == "This list has expired. Run the command again."


async def test_a_list_ends_a_quarter_of_an_hour_after_its_last_click(house: House) -> None:
    await house.sell(11)
    listed = await house.ask("sales")
    await house.env.advance_time(10 * 60)
    await house.choose(listed, "1:1005")
    await house.env.advance_time(14 * 60)
    assert "Next page" in labels(listed)
    await house.env.advance_time(60)
    assert labels(listed) == {"This list has expired. Run /sales again.": False}
