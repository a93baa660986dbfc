"""`/buyer` and the Buyer button."""

from datetime import timedelta

from bot.domain.payment import Buyer
from tests import factories as make
from tests.cogs.house import House, embed_of, labels, options_of, said


async def test_a_first_time_buyer(house: House) -> None:
    await house.write(make.settled(make.paid("1")))
    answer = await house.ask("buyer", sale="#1001")
    assert embed_of(answer).title == "Ana Lima"
    text = said(answer)
    assert "**$30.00** spent · First-time buyer" in text
    assert text.count("<Ana.Lima@example.com>") == 1
    assert "🇧🇷 Brazil" in text


async def test_a_repeat_buyer_with_all_they_bought(house: House) -> None:
    later = make.NOON + timedelta(days=2)
    await house.write(
        make.settled(make.paid("1")),
        make.settled(make.paid("2", buyer=make.BEN)),
        make.settled(make.paid("3", make.exclusive("Glass City"), at=later)),
        make.paid("4", at=later, currency="eur"),
    )
    answer = await house.ask("buyer", sale="1001")
    text = said(answer)
    assert "**$530.00 + €30.00** spent · 3 purchases since today" in text
    assert "**$500.00** Glass City · **Exclusive**" in text
    assert options_of(answer) == [
        "#1004 Midnight Drive",
        "#1003 Glass City",
        "#1001 Midnight Drive",
    ]
    assert "Ben" not in text
    by_size = await house.click(answer, "Largest first")
    assert labels(by_size).keys() == {"Newest first", "Oldest first"}
    assert [one[1:5] for one in options_of(by_size)] == ["1003", "1001", "1004"]
    opened = await house.choose(answer, "1:1003")
    assert embed_of(opened).title == "$484.70 net · Glass City"


async def test_an_unknown_buyer(house: House) -> None:
    await house.write(make.paid("1", buyer=Buyer()))
    assert "came without contact details" in said(await house.ask("buyer", sale="1001"))


async def test_the_button_shows_the_contact_to_the_asker_alone(house: House) -> None:
    await house.write(make.settled(make.paid("1")))
    alert = await house.alert()
    await house.restart()
    pressed = await house.owner.click(alert, label="Buyer")
    assert "<Ana.Lima@example.com>" in said(pressed)


async def test_everyone_who_bought_is_listed_and_opened(house: House) -> None:
    later = make.NOON + timedelta(days=2)
    await house.write(
        *(make.paid(f"a{i}") for i in range(21)),
        make.settled(make.paid("b", make.exclusive(), buyer=make.BEN, at=later)),
    )
    answer = await house.ask("buyers")
    text = said(answer)
    assert "2 buyers · 1 returning" in text
    assert "**$630.00** Ana Lima · 21 purchases" in text
    assert "@" not in text
    opened = await house.choose(answer, "1:1021")
    (record,) = opened.followups
    assert record.embeds[0].footer.text == "Page 1 of 3"
    turned = await house.owner.click(record.message, label="Next page")
    assert embed_of(turned).footer.text == "Page 2 of 3"


async def test_buyers_are_searched_and_sorted(house: House) -> None:
    later = make.NOON + timedelta(days=2)
    await house.write(make.paid("1"), make.paid("2", buyer=make.BEN, at=later))
    latest = await house.ask("buyers", sort="recent")
    assert options_of(latest) == [make.BEN.name, "Ana Lima"]
    assert "**Thu** Ben Okoro · $30.00" in said(latest)
    assert "**1 purchase** Ana Lima · $30.00" in said(await house.ask("buyers", sort="count"))
    assert options_of(await house.ask("buyers", search="lim")) == ["Ana Lima"]
    nobody = said(await house.ask("buyers", search="**x**"))
    assert "No buyers match “\\*\\*x\\*\\*”" in nobody
