"""A test sale: its alert, which nobody can mistake for a sale, and the report of its steps."""

from datetime import UTC, datetime

from bot.domain.money import Money
from bot.domain.payment import Buyer, Line, Payment, PaymentState
from bot.domain.payout import PayoutProgress, PayoutState
from bot.domain.sale import PaymentRecord, Producer, Sale, SaleState
from bot.domain.test_sale import Progress, Step
from bot.text.alert import payment_alert, sale_headline
from bot.text.language import gettext, phrase, said
from bot.text.message import Color, Message, card
from bot.text.problem_words import reason_words
from bot.text.words import safe

_LINE = Line(track="Midnight Drive", license="Basic Lease", exclusive=False, amount=2995)
_NOT_KNOWN = PayoutProgress(state=PayoutState.UNKNOWN)
_BUYER = Buyer(name="Nova Example", email="nova@example.com", country="US")


def alert_of_test(producer: Producer, at: int) -> Message:
    """The alert, in the channel for some moments; `at` in unix seconds, which identifies it.

    It looks like a sale's alert, as the producer has set them up, but has no buttons.
    """
    record = _made_up(producer, datetime.fromtimestamp(at, UTC))
    [embed] = payment_alert(record).embeds
    headline = gettext("TEST · {sale}", sale=sale_headline(record))
    embed.set_author(name=gettext("TEST · no sale, no money"))
    embed.set_footer(text=gettext("Sent by /settings test. It is in none of your numbers."))
    return Message.of(embed, content=headline)


def ended_test() -> Message:
    """What the alert is edited to: one line that says what it was."""
    line = gettext("This was a test sale from `/settings test`. Nobody bought anything.")
    return Message.of(card(Color.REFUNDED, lines=[line]), content=gettext("TEST done"))


def report_of_test(progress: Progress, producer: Producer) -> Message:
    """How far the test has come: which steps are done, which one failed, and why."""
    lines = []
    for step, seconds in progress.steps:
        line = f"✅ {said(_DONE[step])} · {_duration(seconds)}"
        if step is Step.POSTED and progress.message is not None:
            channel_id, message_id = progress.message
            guild_id = producer.guild_id
            url = f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"
            line += f" · [{gettext('open')}]({url})"
        lines.append(line)
    if progress.failed is not None:
        reason = safe(reason_words(progress.reason), 300)
        refused = progress.failed is not Step.ACCEPTED or progress.reason
        words = _FAILED[progress.failed] if refused else _UNREACHED
        lines.append(f"⚠️ {said(words, reason=reason)}")
    if not progress.ended:
        color, title = Color.PENDING, gettext("Test sale running")
        lines.append("⏳ …")
    elif progress.failed is None:
        color, title = Color.LEASE, gettext("The test sale worked")
        lines += ["", _ending(progress)]
    else:
        color, title = Color.ALARM, gettext("The test sale got stuck")
        lines += ["", _ending(progress)]
    return Message.of(card(color, title=title, lines=lines))


def _ending(progress: Progress) -> str:
    if Step.REMOVED not in dict(progress.steps):
        return gettext(
            "It is in none of your numbers. Its message will be edited as soon as Discord lets me."
        )
    if progress.failed is not None:
        return gettext("It was removed and is in none of your numbers.")
    return gettext(
        "It is in none of your numbers. Stripe's side is tested by `producer-bot check`."
    )


_DONE = {
    Step.ACCEPTED: phrase("**Webhook accepted**"),
    Step.STORED: phrase("**Stored** on disk"),
    Step.POSTED: phrase("**Posted**"),
    Step.REMOVED: phrase("**Removed** again"),
}
_UNREACHED = phrase("**I can't reach my own address.** Check `HOST` and `PORT` in my settings.")
_FAILED = {
    Step.ACCEPTED: phrase("**My endpoint refused it** with status {reason}. See the log."),
    Step.STORED: phrase("**It was accepted but is not in my database.**"),
    Step.POSTED: phrase(
        "**It could not be posted in your channel:** {reason}. See `/settings show`."
    ),
}


def _duration(seconds: float) -> str:
    if seconds < 1:
        return gettext("{count} ms", count=max(1, round(seconds * 1000)))
    return gettext("{count} s", count=f"{seconds:.1f}")


def _made_up(producer: Producer, at: datetime) -> PaymentRecord:
    payment = Payment(
        key="test_sale",
        state=PaymentState.PAID,
        created=at,
        paid=at,
        amount=_LINE.amount,
        currency="usd",
        buyer=_BUYER,
        lines=(_LINE,),
        detailed=True,
    )
    price = Money(_LINE.amount, "usd")
    sale = Sale(
        number=0,
        payment_id=0,
        position=0,
        track=_LINE.track,
        license=_LINE.license,
        exclusive=False,
        quantity=1,
        price=price,
        refunded=Money(0, "usd"),
        share=None,
        left=price,
        state=SaleState.PAID,
        conflict=False,
        sold=at,
        buyer=_BUYER,
        payout=_NOT_KNOWN,
    )
    return PaymentRecord(
        id=0,
        producer=producer,
        payment=payment,
        sales=(sale,),
        rights=(),
        purchases=1,
        payout=_NOT_KNOWN,
        complete=True,
    )
