"""A test sale: its alert, which nobody can take for a sale, and how far it got."""

from collections.abc import Callable
from datetime import UTC, datetime

from bot.domain.money import Money
from bot.domain.payment import Buyer, Line, Payment, PaymentState
from bot.domain.payout import PayoutProgress, PayoutState
from bot.domain.sale import PaymentRecord, Producer, Sale, SaleState
from bot.domain.test_sale import Progress, Step, Trouble
from bot.text.alert import payment_alert, sale_headline
from bot.text.language import gettext
from bot.text.message import Color, Message, card
from bot.text.problem_words import reason_words
from bot.text.words import safe

_LINE = Line(track="Midnight Drive", license="Basic Lease", exclusive=False, amount=2995)
_BUYER = Buyer(name="Nova Example", email="nova@example.com", country="US")


def rehearsal_alert(producer: Producer, at: int) -> Message:
    """What stands in the channel for some moments; `at` in unix seconds, by which it is known.

    It looks like the alert of a sale, as the producer has chosen to see them, but has no buttons.
    """
    record = _made_up(producer, datetime.fromtimestamp(at, UTC))
    [embed] = payment_alert(record).embeds
    headline = gettext("TEST · {sale}", sale=sale_headline(record))
    embed.set_author(name=gettext("TEST · no sale, no money"))
    embed.set_footer(text=gettext("Asked for with /settings test. It is in none of your numbers."))
    return Message(content=headline, embeds=(embed,))


def rehearsal_over() -> Message:
    """What becomes of it: nothing but a line that says so."""
    lines = [
        gettext("This was a test with `/settings test`: nobody bought anything, and it is removed.")
    ]
    return Message(content=gettext("TEST done"), embeds=(card(Color.REFUNDED, lines=lines),))


def rehearsal_report(progress: Progress, producer: Producer) -> Message:
    """How far it has come, for who has asked: what is done, what stopped it, what it shows."""
    lines = [f"✅ {_DONE[step]()} · {_time(seconds)}" for step, seconds in progress.steps]
    if progress.trouble is not None:
        lines.append(f"⚠️ {_TROUBLES[progress.trouble](safe(reason_words(progress.reason), 300))}")
    if progress.message is not None:
        lines[-1 if not progress.ended else 2] += f" · {_address(progress, producer)}"
    if not progress.ended:
        lines.append("⏳ …")
        return _page(Color.PENDING, gettext("Test sale under way"), lines)
    well = progress.trouble is None
    lines += ["", _ending(progress, well=well)]
    title = gettext("The test sale went through") if well else gettext("The test sale got stuck")
    return _page(Color.LEASE if well else Color.ALARM, title, lines)


def _ending(progress: Progress, *, well: bool) -> str:
    if Step.REMOVED not in (step for step, _ in progress.steps):
        return gettext(
            "It is in none of your numbers. Its message is edited as soon as Discord lets me."
        )
    if not well:
        return gettext("It is removed, and was in none of your numbers.")
    return gettext(
        "It was in none of your numbers. What it cannot show is whether Stripe itself reaches me: "
        "`producer-bot check` on my machine looks at that."
    )


def _page(color: Color, title: str, lines: list[str]) -> Message:
    return Message(embeds=(card(color, title=title, lines=lines),))


_DONE: dict[Step, Callable[[], str]] = {
    Step.ACCEPTED: lambda: gettext("**Webhook accepted**, signed as Stripe signs"),
    Step.STORED: lambda: gettext("**Stored** on disk"),
    Step.TOLD: lambda: gettext("**Told** in your channel"),
    Step.REMOVED: lambda: gettext("**Removed** again"),
}
_TROUBLES: dict[Trouble, Callable[[str], str]] = {
    Trouble.UNREACHABLE: lambda _: gettext(
        "**I do not reach my own address.** Check `HOST` and `PORT` in my settings."
    ),
    Trouble.REFUSED: lambda status: gettext(
        "**My endpoint refused it** with {status}. The log says why.", status=status
    ),
    Trouble.NOT_STORED: lambda _: gettext("**It was accepted but is not in my database.**"),
    Trouble.NOT_TOLD: lambda reason: gettext(
        "**It could not be told in your channel:** {reason}. See `/settings show`.", reason=reason
    ),
}


def _time(seconds: float) -> str:
    if seconds < 1:
        return gettext("{count} ms", count=max(1, round(seconds * 1000)))
    return gettext("{count} s", count=f"{seconds:.1f}")


def _address(progress: Progress, producer: Producer) -> str:
    assert progress.message is not None
    channel_id, message_id = progress.message
    return f"https://discord.com/channels/{producer.guild_id}/{channel_id}/{message_id}"


def _made_up(producer: Producer, at: datetime) -> PaymentRecord:
    """A payment that was never made."""
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
    return PaymentRecord(
        id=0,
        producer=producer,
        payment=payment,
        sales=(_sale(at),),
        rights=(),
        purchases=1,
        payout=PayoutProgress(state=PayoutState.UNKNOWN),
        complete=True,
    )


def _sale(at: datetime) -> Sale:
    price = Money(_LINE.amount, "usd")
    return Sale(
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
        payout=PayoutProgress(state=PayoutState.UNKNOWN),
    )
