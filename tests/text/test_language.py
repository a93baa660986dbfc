"""The same texts in another language: nothing stays English, and Discord accepts it."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.domain.import_progress import EventsSeen
from bot.domain.money import Money
from bot.domain.off_sale import Obstacle
from bot.domain.payment import DisputeState, FraudWarning
from bot.domain.problem import SetAside
from bot.domain.sale import BuyerRecord, HeldPage, PaymentRecord, SaleFilter, SalesPage, SaleTotals
from bot.text import language
from bot.text.alert import burst, payment_alert
from bot.text.alert_replies import reply, summary
from bot.text.buyers import buyer_record
from bot.text.channel_check import (
    PERMISSIONS,
    ChannelCheck,
    deletion_begun,
    deletion_done,
    deletion_question,
    gone,
    public_channel_warning,
)
from bot.text.exclusive import held_tracks, track_rights
from bot.text.language import gettext, language_of, ngettext, speaking, spoken
from bot.text.license import license_reply
from bot.text.license_document import license_data
from bot.text.message import Attachment, Message
from bot.text.payouts import contents_message, payout_alert, payout_reply, payouts_message
from bot.text.sale_record import sale_details, sale_record
from bot.text.sales import sales_embed, sales_totals, suggestion
from bot.text.settings import status_message
from bot.text.stats import details_message, statistics_message
from bot.text.track_questions import track_decided, track_question
from bot.text.tracks import track_message, tracks_embed
from tests import factories as make
from tests.text.hostile import WORST
from tests.text.limits import assert_fits, text
from tests.text.test_checklist import BY_HAND, LINK, off_sale, step
from tests.text.test_exclusive import rights
from tests.text.test_limits import WORST_BURST
from tests.text.test_payouts import contents, overview, payout
from tests.text.test_refund_lines import refunded
from tests.text.test_settings import status
from tests.text.test_stats import statistics
from tests.text.test_tracks import offer, page, track
from tests.texts import catalog_of

CATALOG = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Hello {name}"
msgstr "Hola {name}"

msgid "{count} sale"
msgid_plural "{count} sales"
msgstr[0] "{count} venta"
msgstr[1] "{count} ventas"

msgid "Not yet"
msgstr ""
"""


@pytest.fixture
def spanish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "es.po").write_text(CATALOG, "utf-8")
    monkeypatch.setattr(language, "CATALOGS", tmp_path)
    language.catalog.cache_clear()
    with speaking("es"):
        yield
    language.catalog.cache_clear()


def test_english_needs_no_catalog() -> None:
    assert gettext("Hello {name}", name="Ana") == "Hello Ana"
    assert ngettext("{count} sale", "{count} sales", 1) == "1 sale"
    assert ngettext("{count} sale", "{count} sales", 1_200) == "1,200 sales"


def test_text_is_said_in_the_language_spoken(spanish: None) -> None:
    assert gettext("Hello {name}", name="Ana") == "Hola Ana"
    assert ngettext("{count} sale", "{count} sales", 1) == "1 venta"
    assert ngettext("{count} sale", "{count} sales", 0) == "0 ventas"


def test_text_without_translation_stays_english(spanish: None) -> None:
    assert gettext("Not yet") == "Not yet"
    assert gettext("Nobody knows {it}", it="this") == "Nobody knows this"
    assert ngettext("{count} beat", "{count} beats", 2) == "2 beats"


def test_braces_in_what_is_put_in_do_nothing(spanish: None) -> None:
    assert gettext("Hello {name}", name="{0} {name.x} {") == "Hola {0} {name.x} {"
    assert gettext("{not a place}") == "{not a place}"


def test_language_is_spoken_until_its_block_ends() -> None:
    with speaking("es"):
        assert spoken() == "es"
    assert spoken() == "en"


@pytest.mark.parametrize(
    ("locale", "code"),
    [("es-ES", "es"), ("es-419", "es"), ("en-GB", "en"), ("de", "en"), ("", "en"), ("-", "en")],
)
def test_locales_of_discord_have_a_language_of_ours(locale: str, code: str) -> None:
    assert language_of(locale) == code


PRODUCER = make.producer(livemode=False)
DISPUTED = make.record(
    make.sold(
        disputes=(make.dispute(), make.dispute(DisputeState.LOST)),
        warnings=(FraudWarning(id="issfr_1", created=make.NOON, kind="made_with_stolen_card"),),
    ),
    producer=PRODUCER,
    purchases=3,
)
BOUGHT = BuyerRecord(
    buyer=make.JORDAN,
    number=1042,
    sales=WORST.sales[:10],
    page=0,
    count=1200,
    payments=9,
    first=make.NOON,
    spent=(Money(2995, "usd"),),
)
TOTALS = SaleTotals(
    currency="usd", sales=12, gross=9000, fees=300, refunded=100, left=8600, unsettled=3
)


def sales_list(count: int) -> Message:
    wanted = SaleFilter(status="refunded", buyer="Jordan", since=date(2026, 3, 1))
    listed = SalesPage(
        sales=WORST.sales[: min(count, 10)], page=0, count=count, totals=(TOTALS,) * 5
    )
    return Message(embeds=(sales_embed(listed, wanted, PRODUCER, make.NOON, fees_possible=False),))


def totals_of_sales() -> Message:
    listed = SalesPage(sales=WORST.sales[:10], page=0, count=12, totals=(TOTALS,) * 5)
    message = sales_totals(listed, SaleFilter(status="refunded"), PRODUCER)
    assert message is not None
    return message


def troubled() -> Message:
    return status_message(
        status(
            producer=PRODUCER,
            channel=ChannelCheck(channel_id=20, missing=tuple(PERMISSIONS)[:2], private=True),
            fees_possible=False,
            last_event=None,
            events={"pending": 3, "foreign": 1},
            outbox={"pending": 2, "failed": 1},
            set_aside=(
                SetAside("edit", "payment:1", "edit:payment:1", "the thread is archived", 1042),
                SetAside("notice", "digest:week", "digest:week", "Discord refused it (HTTP 400)"),
            ),
            blocked="the bot lacks permissions in the channel: View Channel, Embed Links",
            past=make.import_progress(),
            seen=EventsSeen(begin=make.NOON, until=make.NOON),
            problem_count=9,
        )
    )


def said(what: str, record: PaymentRecord) -> Message:
    return Message(content=reply(what, record, object_id(what, record)))


def object_id(what: str, record: PaymentRecord) -> str:
    if what.startswith("refund"):
        return record.payment.refunds[0].id
    return "1042" if what == "conflict" else "issfr_1" if what == "fraud_warning" else "dp_1"


NONE_HELD = HeldPage(tracks=(), page=0, count=0, kept_off=("Neon",))
MESSAGES: dict[str, Callable[[], Message]] = {
    "an alert": lambda: payment_alert(DISPUTED, told_late=True),
    "an alert of the worst names": lambda: payment_alert(WORST),
    "an alert of an exclusive": lambda: payment_alert(
        make.exclusive_record(
            off_sale=(off_sale(step(), step(LINK, 2, BY_HAND, Obstacle.SHARED)),)
        ),
        fees_possible=False,
    ),
    "ten alerts": lambda: burst(WORST_BURST),
    "a refund": lambda: said("refund", refunded()),
    "a refund that failed": lambda: said("refund_failed", refunded(failure="declined")),
    "a dispute": lambda: said("dispute_opened", DISPUTED),
    "a deadline": lambda: said("dispute_reminder_24", DISPUTED),
    "a warning": lambda: said("fraud_warning", DISPUTED),
    "a conflict": lambda: said("conflict", make.conflict_record()),
    "a summary": lambda: summary([WORST] * 30),
    "a free track": lambda: track_question(DISPUTED, DISPUTED.sales[0].number, 7),
    "a decision": lambda: track_decided(rights(), PRODUCER),
    "a payout": lambda: payout_alert(payout(), PRODUCER),
    "a payout that failed": lambda: Message(
        content=payout_reply(payout(status="failed", failure="account_closed"), PRODUCER)
    ),
    "a sale": lambda: sale_record(DISPUTED, DISPUTED.sales[0], make.NOON),
    "a sale without fees": lambda: sale_record(
        WORST, WORST.sales[0], make.NOON, fees_possible=False
    ),
    "a refunded sale": lambda: sale_record(refunded(), refunded().sales[0], make.NOON),
    "a sale's details": lambda: sale_details(DISPUTED, DISPUTED.sales[0], make.NOON),
    "totals": totals_of_sales,
    "sales": lambda: sales_list(1200),
    "no sales": lambda: sales_list(0),
    "a buyer": lambda: buyer_record(BOUGHT, PRODUCER, make.NOON),
    "statistics": lambda: statistics_message(statistics(), PRODUCER),
    "a period in detail": lambda: details_message(statistics(), PRODUCER, (), make.NOON),
    "payouts": lambda: payouts_message(
        overview(on_the_way=(payout(),)), PRODUCER, make.NOON, fees_possible=False
    ),
    "a payout's contents": lambda: contents_message(contents(others=2), PRODUCER),
    "a free track's rights": lambda: track_rights(rights(leases=2), PRODUCER, make.NOON),
    "a held track": lambda: track_rights(
        rights(holder=make.holder(), leases=3, conflicts=WORST.sales[:30]), PRODUCER, make.NOON
    ),
    "no held tracks": lambda: Message(embeds=(held_tracks(NONE_HELD, PRODUCER, make.NOON),)),
    "tracks": lambda: Message(embeds=(tracks_embed(page(track()), PRODUCER),)),
    "no tracks": lambda: Message(embeds=(tracks_embed(page(), PRODUCER),)),
    "a track": lambda: track_message(track(offers=(offer(),)), PRODUCER),
    "settings": troubled,
    "settings without a channel": lambda: status_message(status(channel=gone(20))),
    "a public channel": lambda: public_channel_warning(1, told_before=True),
    "deleting": lambda: deletion_question(1, 2, 0),
    "deleting, begun": deletion_begun,
    "deleting, done": lambda: deletion_done(1, 2, more_before=3),
    "a license": lambda: license_reply(
        make.sold_exclusive(3), Attachment("license.pdf", b""), None, make.NOON, "ABCD"
    ),
}


def words_of(texts: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W\d_]{3,}", plain(texts))}


def plain(texts: str) -> str:
    """Without what no language changes: code, links, times, ids, names of values."""
    return re.sub(r"`[^`\n]+`|(https?://|buy\.)\S+|\{\w+\}|<[^>]*>|\b\w+_\w+\b|\S+@\S+", " ", texts)


def english() -> set[str]:
    """Words of our English texts that no Spanish one has, nor any name in the samples."""
    catalog = [entry for entry in catalog_of("es") if entry.id]
    texts, translations = (
        " ".join(" ".join(form) if isinstance(form, tuple) else str(form) for form in forms)
        for forms in ([one.id for one in catalog], [one.string for one in catalog])
    )
    return words_of(texts) - words_of(translations) - words_of(NAMES)


NAMES = (
    "Glass City Midnight Drive Basic Lease Premium Exclusive Rights Neon Rain Sample Pack New York "
    "charge"
)


@pytest.fixture(scope="module")
def left_in_english() -> set[str]:
    return english()


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_in_spanish_are_all_spanish_and_fit(name: str, left_in_english: set[str]) -> None:
    with speaking("es"):
        message = MESSAGES[name]()
        assert_fits(message)
        assert not words_of(text(message)) & left_in_english


def test_completions_in_spanish_are_spanish_and_short() -> None:
    with speaking("es"):
        words = suggestion(WORST.sales[0], make.NOON + timedelta(days=400))
        assert suggestion(make.record().sales[0], make.NOON).endswith("10 mar")
    assert len(words) <= 100


def test_money_stays_and_dates_do_not() -> None:
    with speaking("es"):
        words = text(payout_alert(payout(), PRODUCER))
    assert "€412.00" in words
    assert "nov 2026" in words


def test_license_stays_in_the_language_of_its_terms() -> None:
    told = make.sold_exclusive(3)
    english = license_data(told, "ABCD", None)
    with speaking("es"):
        assert license_data(told, "ABCD", None) == english
