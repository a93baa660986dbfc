"""`/settings show`: whatever is wrong is red and says what to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.domain.key_permissions import Ability, Access, Resource
from bot.domain.polling import Polling
from bot.domain.preferences import Cadence, Detail, Preferences, QuietHours, Route
from bot.domain.problem import SetAside
from bot.text.channel_check import PERMISSIONS, ChannelCheck, gone
from bot.text.message import Color
from bot.text.settings import Status, events_lines, past_lines, status_message
from tests import factories as make
from tests.phone import lines_at_390
from tests.text.limits import assert_fits, buttons, color, text

WORDY = Preferences(
    language="*" * 500,
    currency="*" * 100,
    digest=Cadence.MONTHLY,
    digest_empty=True,
    quiet=QuietHours(61, 62),
    email=Detail.FULL,
)
MAY = datetime(2024, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SEEN = EventsSeen(begin=MAY, until=NOW, looked=NOW)
WELL = ChannelCheck(channel_id=20, missing=(), private=True)


status = partial(
    Status,
    producer=make.producer(),
    channel=WELL,
    fees_possible=True,
    last_event=make.NOON,
    events={"done": 4},
    outbox={},
)


def aside(reason: str) -> SetAside:
    return SetAside("announce", "payment:1", "announce:payment:1", reason, 1042)


def test_settings_without_trouble_are_green() -> None:
    message = status_message(status())
    assert color(message) == Color.LEASE
    assert "**All is well**" in text(message)


def test_settings_take_a_line_each_on_a_phone() -> None:
    may = [Ability(each, writes=False, access=Access.ALLOWED) for each in Resource]
    whole = status(
        producer=replace(make.producer(), timezone="America/Argentina/Buenos_Aires"),
        currencies=("usd", "eur"),
        past=past(100),
        seen=SEEN,
        polling=BACKUP,
        abilities=(*may, Ability(Resource.LINKS, writes=True, access=Access.UNKNOWN)),
    )
    assert lines_at_390(status_message(whole)) <= 22


def test_settings_begin_with_what_is_wrong() -> None:
    troubled = status_message(status(blocked="the channel is gone", outbox={"pending": 1}))
    [embed] = troubled.embeds
    assert embed.description == "⚠️ **Something needs you**\n**Live mode**: real money"
    assert embed.fields[0].name == "Discord"
    waiting = status_message(status(last_event=None))
    assert "All is well" not in text(waiting)
    assert waiting.embeds[0].fields[0].name == "Stripe"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"channel": None}, "**None yet.** Choose a private one with `/settings channel`."),
        ({"channel": gone(20)}, "I can't see <#20>."),
        (
            {"channel": ChannelCheck(channel_id=20, missing=("embed_links",), private=True)},
            "I need **Embed Links** in <#20>",
        ),
        (
            {"channel": ChannelCheck(channel_id=20, missing=(), private=False)},
            "**Everyone in this server** can see <#20>",
        ),
        (
            {"problem_count": 7, "problems": (make.problem(),)},
            "**7 things from Stripe that I don't understand**; everything else goes on. "
            "The newest:",
        ),
        (
            {"seen": EventsSeen(begin=make.NOON, until=make.NOON, trouble="down")}
            | {"polling": Polling()},
            "**The backup check fails:**",
        ),
        ({"polling": Polling(silent_since=make.NOON), "seen": SEEN}, "**No webhook has arrived**"),
        (
            {"abilities": (Ability(Resource.DISPUTES, writes=False, access=Access.DENIED),)},
            "can't read **Disputes** (`rak_dispute_read`): what a bank asks",
        ),
        (
            {"past": make.import_progress(trouble="Stripe is down")},
            "The import is stuck: Stripe is down.",
        ),
        (
            {"outbox": {"failed": 1}, "set_aside": (aside("*no* access"),)},
            "• Alert of sale #1042: \\*no\\* access",
        ),
        ({"blocked": "the channel is gone"}, "**Alerts on hold:** the channel is gone"),
    ],
)
def test_settings_with_trouble_are_red_and_say_what(changes: dict[str, Any], words: str) -> None:
    message = status_message(status(**changes))
    assert color(message) == Color.ALARM
    assert words in text(message)


@pytest.mark.parametrize(
    ("kind", "subject", "key", "number", "words"),
    [
        ("edit", "payment:1", "edit:payment:1", 1042, "Update of sale #1042"),
        ("reply", "payment:1", "reply:refund:re_1", 1042, "Message under sale #1042"),
        ("announce", "payout:po_1", "announce:payout:po_1", None, "Alert of a payout"),
        ("edit", "payout:po_1", "edit:payout:po_1", None, "Update of a payout"),
        ("notice", "notice:digest", "digest:week", None, "Digest"),
        ("notice", "notice:webhooks", "notice:webhooks", None, "Message about the bot itself"),
    ],
)
def test_message_set_aside_is_named(
    kind: str, subject: str, key: str, number: int | None, words: str
) -> None:
    one = SetAside(kind, subject, key, "", number)
    shown = status_message(status(outbox={"failed": 9}, set_aside=(one,)))
    assert f"• {words}: no reason noted" in text(shown)
    assert "**9 messages could not be sent.**" in text(shown)


def test_events_and_messages_that_wait_are_counted() -> None:
    words = text(
        status_message(
            status(events={"pending": 1, "foreign": 3}, outbox={"pending": 1, "sending": 1})
        )
    )
    assert "1 event waiting to be processed" in words
    assert "3 events from another mode or account, set aside" in words
    assert "2 messages waiting to be sent" in words


def test_longest_status_fits() -> None:
    missing = tuple(PERMISSIONS)[:4]
    assert_fits(
        status_message(
            status(
                channel=ChannelCheck(channel_id=20, missing=missing, private=False),
                events={"pending": 10**9, "foreign": 10**9},
                problem_count=10**9,
                problems=tuple(map(make.problem, ("*" * 500,) * 5)),
                past=make.import_progress(trouble="_" * 10_000),
                seen=EventsSeen(begin=make.NOON, until=make.NOON, trouble="_" * 10_000),
                outbox={"pending": 10**9, "failed": 10**9},
                set_aside=(aside("*" * 10_000),) * 3,
                blocked="_" * 10_000,
                routes=dict.fromkeys(
                    Route, ChannelCheck(channel_id=2**63, missing=missing, private=False)
                ),
                shut=dict.fromkeys(Route, "_" * 10_000),
                abilities=tuple(
                    Ability(resource, writes=False, access=Access.DENIED) for resource in Resource
                ),
                currencies=("usd",) * 200,
                producer=replace(make.producer(), preferences=WORDY, timezone="*" * 500),
            )
        )
    )


def test_problems_have_buttons() -> None:
    troubled = status(problem_count=1, problems=(make.problem(),))
    assert [*buttons(status_message(troubled))] == ["Turn milestones off", "Try again", "Hide"]
    assert [*buttons(status_message(status()))] == ["Turn milestones off"]


def past(days: int = 50, **changes: Any) -> ImportProgress:
    end, done = MAY + timedelta(days=100), MAY + timedelta(days=days)
    return ImportProgress(start=MAY, end=end, done_until=done, payments=1234, **changes)


def words(progress: ImportProgress | None, *, key: bool = True) -> str:
    return "\n".join(past_lines(progress, key=key))


def test_import_says_what_is_done_and_up_to_when() -> None:
    assert words(past()) == (
        "**Importing past sales:** 1,234 payments so far, up to Thu, Jun 20, 2024 "
        "(50% of the time since Wed, May 1, 2024)."
    )


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (timedelta(seconds=9), ""),
        (timedelta(seconds=30), "Less than a minute to go"),
        (timedelta(minutes=4), "About 4 minutes to go"),
        (timedelta(hours=3), "About 3 h 0 min to go"),
    ],
)
def test_import_says_how_long_it_takes_once_that_is_known(taken: timedelta, said: str) -> None:
    running = past(begun=NOW, begun_from=MAY, noted=NOW + taken)
    lines = past_lines(running, key=True)
    assert said in lines[-1]
    assert len(lines) == (2 if said else 1)


def test_import_continued_after_a_restart_has_no_pace_yet() -> None:
    begun_from = MAY + timedelta(days=49)
    running = past(begun=NOW, begun_from=begun_from, noted=NOW + timedelta(minutes=9))
    assert len(past_lines(running, key=True)) == 1


def test_import_that_is_stuck_says_why_and_what_helps() -> None:
    denied = past(trouble="the Stripe API key lacks a permission: rak_dispute_read")
    assert "my Stripe key can't read **Disputes** (`rak_dispute_read`)" in words(denied)
    assert "Stripe cannot be reached" in words(past(trouble="Stripe cannot be reached"))


def test_import_that_is_finished_says_so() -> None:
    assert words(past(100)) == "**1,234** past payments imported"
    assert "since Wed, May 1, 2024" in words(past(100, partial=True))


def test_import_without_a_key_says_what_it_needs() -> None:
    assert "Past sales are not imported: that needs `STRIPE_API_KEY`" in words(None, key=False)
    assert "stopped: it needs `STRIPE_API_KEY`" in words(past(), key=False)
    assert words(past(100), key=False) == "**1,234** past payments imported"


def test_import_before_it_begins_says_so() -> None:
    assert words(None) == "Past sales will be imported in a moment."


SOON = NOW + timedelta(minutes=10)
BACKUP = Polling(next=SOON)
ALONE = Polling(webhooks=False, next=SOON, reads={NOW.date(): 1200})
DENIED = EventsSeen(begin=MAY, until=NOW, trouble="lacks a permission: rak_event_read")


@pytest.mark.parametrize(
    ("seen", "polling", "said"),
    [
        (SEEN, BACKUP, "Backup check <t:1777636800:R>, next <t:1777637400:R>"),
        (None, None, ""),
        (SEEN, None, ""),
        (DENIED, BACKUP, "**The backup check fails:** my Stripe key can't read"),
        (DENIED, BACKUP, "Checked up to <t:1777636800:R>; I keep trying."),
        (DENIED, ALONE, "Read up to <t:1777636800:R>; I keep trying."),
        (SEEN, ALONE, "every **11 minutes**; next <t:1777637400:R>\n12% of Stripe's read limit"),
        (SEEN, replace(ALONE, payments=100), "every **2 minutes**; next"),
        (SEEN, replace(ALONE, payments=500), "every **26 seconds**; next"),
        (
            SEEN,
            replace(ALONE, expected_until=SOON + timedelta(minutes=5)),
            "every **5 seconds** until <t:1777637700:t>, then every 11 minutes",
        ),
        (
            SEEN,
            replace(BACKUP, silent_since=NOW),
            "**No webhook has arrived** since a sale <t:1777636800:R>. Meanwhile I ask Stripe.\n"
            "I check Stripe for sales every **11 minutes**",
        ),
    ],
)
def test_events_lines_say_how_stripe_is_asked(
    seen: EventsSeen | None, polling: Polling | None, said: str
) -> None:
    assert said in "\n".join(events_lines(seen, polling, key=True))


def test_events_lines_without_a_key_say_what_they_need() -> None:
    assert "I need `STRIPE_API_KEY`" in "\n".join(events_lines(SEEN, None, key=False))


def test_settings_without_webhooks_are_well_before_the_first_sale() -> None:
    said = status(last_event=None, polling=ALONE)
    assert "Nothing has happened yet" in text(status_message(said))
    assert "Stripe has not called yet" in text(status_message(replace(said, polling=BACKUP)))
