"""What is read is what the ledger understands: the two rooms agree on Stripe's shapes."""

from bot.domain.parse import payment_of
from bot.domain.payment import Fees, PaymentState
from bot.stripe_api import StripeApi
from fakes.stripe import Purchase, StripeAccount
from tests.stripe_api.conftest import Prices, whole


async def test_a_subscription_is_read_without_error(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    bought = account.subscribe(prices.lease)
    by_session = await whole(api, bought)
    by_intent = await api.read_payment(intent=bought.intent)

    assert by_intent is not None
    assert by_intent.session is None
    assert payment_of(by_session) is None
    assert payment_of(by_intent) is None


async def test_what_is_read_is_what_the_ledger_understands(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    bought = account.buy(prices.lease, prices.exclusive, discount=1000, application_fee=700)
    payment = payment_of(await whole(api, bought))

    assert payment is not None
    assert payment.state is PaymentState.PAID
    assert payment.detailed
    assert [line.exclusive for line in payment.lines] == [False, True]
    assert sum(line.amount for line in payment.lines) == payment.amount == 51899
    assert payment.movement is not None
    assert payment.movement.fees == Fees(stripe=1535, platform=700)


async def test_a_delayed_payment_is_understood_at_every_step(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    async def state(bought: Purchase) -> PaymentState:
        payment = payment_of(await whole(api, bought))
        assert payment is not None
        return payment.state

    first, second = (account.buy(prices.lease, method="sepa_debit") for _ in range(2))
    assert await state(first) is PaymentState.PENDING

    account.arrive(first)
    account.bounce(second)

    assert await state(first) is PaymentState.PAID
    assert await state(second) is PaymentState.FAILED
