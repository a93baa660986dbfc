"""A near miss is understood, or asks back with a button that runs the command again."""

import pytest

from bot.text.message import Message
from tests import factories as make
from tests.cogs.house import House, answer_of, embed_of, labels, said
from tests.phone import lines_at_390

WIDEST = "Midnight Drive (Extended Version)"


@pytest.fixture
async def shop(house: House) -> House:
    """Three tracks, two of which begin the same; two licenses; sales #1001 to #1012."""
    names = ["Neon Rain", "Café Noir", WIDEST, "Midnight City"] * 3
    await house.write(
        *(make.paid(str(key), make.lease(name)) for key, name in enumerate(names)),
        make.paid("x", make.exclusive("Neon Rain"), buyer=make.BEN),
    )
    return house


@pytest.mark.parametrize("command", ["tracks", "exclusive"])
@pytest.mark.parametrize(
    ("typed", "title"),
    [("neon", "Neon Rain"), ("CAFE", "Café Noir"), ("midnight c", "Midnight City")],
)
async def test_track_that_begins_so_opens_at_once(
    shop: House, command: str, typed: str, title: str
) -> None:
    assert embed_of(await shop.ask(command, track=typed)).title == title


@pytest.mark.parametrize("command", ["tracks", "exclusive"])
async def test_track_with_a_typo_is_asked_for_and_its_button_opens_it(
    shop: House, command: str
) -> None:
    answer = await shop.ask(command, track="nein rain")
    assert said(answer).strip() == "No track called “nein rain”. Did you mean Neon Rain?"
    assert labels(answer) == {"Neon Rain": True}
    assert embed_of(await shop.click(answer, "Neon Rain")).title == "Neon Rain"


async def test_track_of_which_two_begin_so_gives_the_choice(shop: House) -> None:
    answer = await shop.ask("tracks", track="midnight")
    assert said(answer).strip() == "No track called “midnight”. Did you mean one of these?"
    assert set(labels(answer)) == {WIDEST, "Midnight City"}
    assert embed_of(await shop.click(answer, WIDEST)).title == WIDEST.replace("(", "\\(").replace(
        ")", "\\)"
    )


@pytest.mark.parametrize(
    ("typed", "words", "button", "title"),
    [
        ({"track": "nein rain"}, "Did you mean Neon Rain?", "Neon Rain", "Neon Rain · paid"),
        (
            {"license": "basc lease"},
            "Did you mean Basic Lease?",
            "Basic Lease",
            "Basic Lease · paid",
        ),
        (
            {"license": "nothing"},
            "No license called “nothing”.",
            "Basic Lease",
            "Basic Lease · paid",
        ),
        ({"buyer": "okoru"}, "Did you mean Ben Okoro?", "Ben Okoro", "buyer “Ben Okoro” · paid"),
        (
            {"since": "febuary"},
            "Did you mean February 2026?",
            "February 2026",
            "paid · since Feb 1",
        ),
    ],
)
async def test_list_runs_again_with_what_was_meant_and_its_other_filters(
    shop: House, typed: dict[str, str], words: str, button: str, title: str
) -> None:
    answer = await shop.ask("sales", status="paid", **typed)
    assert words in said(answer)
    listed = await shop.click(answer, button)
    assert title.casefold() in (embed_of(listed).author.name or "").casefold()


@pytest.mark.parametrize("option", ["track", "license"])
async def test_list_takes_the_beginning_of_a_name(shop: House, option: str) -> None:
    typed, name = {"track": ("neon", "Neon Rain"), "license": ("basic", "Basic Lease")}[option]
    assert embed_of(await shop.ask("sales", **{option: typed})).author.name == name


async def test_buyers_search_offers_the_nearest_and_lists_them(shop: House) -> None:
    answer = await shop.ask("buyers", search="ben@exmaple.org")
    assert "Did you mean ben\\@example.org?" in said(answer)
    listed = await shop.click(answer, "ben@example.org")
    assert "Ben Okoro" in said(listed)
    empty = await shop.ask("buyers", search="zzz")
    assert "No buyers match “zzz”" in said(empty)
    assert "2 buyers" in said(await shop.click(empty, "All buyers"))


@pytest.mark.parametrize("typed", ["#1002", "1002", "sale 1002", "Sale #1002", " # 1002 "])
async def test_sale_number_is_read_however_it_is_written(shop: House, typed: str) -> None:
    for command in ("sale", "buyer", "license"):
        assert "“" not in (answer_of(await shop.ask(command, sale=typed)).content or "")
    completed = await shop.complete("sale", "sale", typed)
    assert completed[0]["value"] == "#1002"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("1020", "#1002"), ("10022", "#1002"), ("102", "#1002"), ("2", "#1002"), ("5000", "#1013")],
)
async def test_sale_number_that_is_nearly_one_is_asked_for(
    shop: House, typed: str, meant: str
) -> None:
    for command in ("sale", "buyer", "license"):
        answer = await shop.ask(command, sale=typed)
        assert f"There is no sale #{typed}. Did you mean" in said(answer)
        [label] = [label for label in labels(answer) if label.startswith(meant)]
        opened = await shop.click(answer, label)
        assert "There is no sale" not in said(opened)


@pytest.mark.parametrize("command", ["sale", "buyer", "license"])
async def test_sale_is_found_by_its_track_or_buyer(shop: House, command: str) -> None:
    of_ben = await shop.ask(command, sale="okoro")
    assert "Did you mean" not in said(of_ben)
    for typed in ("cafe noir", "caffé noir"):
        near = await shop.ask(command, sale=typed)
        assert "is not a sale number. Did you mean one of these?" in said(near)
        assert all("Café Noir" in label for label in labels(near))
    assert "is not a sale number." in said(await shop.ask(command, sale="xyz"))
    several = await shop.ask(command, sale="city")
    assert "“city” is not a sale number. Did you mean one of these?" in said(several)
    assert [label.partition(" ·")[0] for label in labels(several)] == [
        *("#1012 Midnight City", "#1008 Midnight City", "#1004 Midnight City")
    ]
    label = next(iter(labels(several)))
    assert "Did you mean" not in said(await shop.click(several, label))


async def test_sale_completes_by_its_track_or_buyer(shop: House) -> None:
    found = [one["value"] for one in await shop.complete("sale", "sale", "city")]
    assert found == ["#1012", "#1008", "#1004"]
    assert [one["value"] for one in await shop.complete("sale", "sale", "oko")] == ["#1013"]


async def test_sale_in_an_empty_shop_is_no_near_miss(house: House) -> None:
    answer = await house.ask("sale", sale="1042")
    assert said(answer).strip() == "There is no sale #1042. `/sales` lists all of them."


async def test_period_with_a_typo_is_asked_for_and_its_button_shows_it(shop: House) -> None:
    for command in ("stats", "export"):
        answer = await shop.ask(command, period="last mnth")
        assert "“last mnth” is not a period I can read. Did you mean February 2026?" in said(answer)
        assert "February 2026" in said(await shop.click(answer, "February 2026"))


async def test_question_of_before_a_restart_says_to_ask_again(shop: House) -> None:
    answer = await shop.ask("tracks", track="nein rain")
    await shop.restart()
    assert "Run the command again." in said(await shop.click(answer, "Neon Rain"))


async def test_completion_offers_what_is_nearly_typed(shop: House) -> None:
    for option, typed, name in (
        ("track", "nein rain", "Neon Rain"),
        ("track", "cafe", "Café Noir"),
        ("license", "basc lease", "Basic Lease"),
    ):
        assert [one["name"] for one in await shop.complete("sales", option, typed)] == [name]


@pytest.mark.parametrize(("command", "option"), [("sales", "buyer"), ("buyers", "search")])
async def test_buyers_complete_by_name_or_email(shop: House, command: str, option: str) -> None:
    for typed, names in (
        ("", ["Ben Okoro", "Ana Lima"]),
        ("oko", ["Ben Okoro"]),
        ("ben@", ["ben@example.org"]),
        ("okoru", ["Ben Okoro"]),
        ("zzz", []),
    ):
        found = [one["value"] for one in await shop.complete(command, option, typed)]
        assert sorted(found) == sorted(names)
        for name in found:
            assert "No buyer" not in said(await shop.ask(command, **{option: name}))


async def test_names_of_markup_do_nothing_in_a_question(house: House) -> None:
    name = "**@everyone** <@1>"
    await house.write(make.paid("1", make.lease(name)))
    answer = await house.ask("tracks", track="evryone")
    assert "Did you mean \\*\\*\\@everyone" in said(answer)
    assert list(labels(answer)) == [name]


async def test_question_fits_four_lines_of_a_phone(shop: House) -> None:
    answer = await shop.ask("tracks", track="midnite drive")
    assert lines_at_390(Message(content=answer_of(answer).content)) <= 4


async def test_track_whose_name_begins_with_a_number_is_no_sale_number(house: House) -> None:
    await house.write(
        make.settled(make.paid("1")),
        make.settled(make.paid("2", make.lease("1001 Drums"), buyer=make.BEN)),
    )
    assert "1001 Drums" in said(await house.ask("sale", sale="1001 Drums"))
    assert "Midnight Drive" in said(await house.ask("sale", sale="#1001 Drums"))
