"""A simulated Stripe: an account that things happen to, its API over HTTP, its signed webhooks.

    account = StripeAccount(clock=clock, seed=7)
    beat = account.product("Midnight Drive", metadata={"track": "Midnight Drive"})
    lease = account.price(beat, 2999, nickname="Basic Lease")
    exclusive = account.price(beat, 49900, nickname="Exclusive", metadata={"exclusive": "true"})

    async with StripeServer(account) as stripe:             # stripe.url, stripe.key
        async with Webhooks(url, secret, clock=clock) as webhooks:
            buyer = Customer(email="buyer@example.com", country="US")
            bought = account.buy(lease, exclusive, buyer=buyer, settled=False)
            await webhooks.deliver_all(account.take_events())
            account.settle(bought)                          # charge.updated: the fees are known
            account.refund(bought, 1000)
            await webhooks.deliver_all(account.take_events())
        stripe.faults.fail_next(3, status=500)              # or .delay, .down, .denied, .read_only
        stripe.calls.paths["/v1/checkout/sessions/{id}"]    # how often that was called

What is for sale: `product`, `price` and `link` put it up; `change`, `rename`, `archive` and
`delete` change that. What is archived cannot be bought. `endpoint` registers an address for events,
as what `GET /v1/webhook_endpoints` lists; `books.change(id, status="disabled")` switches it off.

What can happen: `open` (a Checkout that a buyer looks at), then `complete` or `expire`; `buy`
(cards; `method="sepa_debit"` with `arrive`, `bounce` and `fail_late`; free; discounts, tax,
Adaptive Pricing, application fees), `pay` (no Checkout), `subscribe`, `settle`, `refund`,
`complete_refund`, `fail_refund`, `dispute`, `escalate`, `answer`, `win`, `lose`, `close_inquiry`,
`pay_out`, `send_payout`, `payout_paid`, `reconcile`, `fail_payout`, `cancel_payout`, `bill`. Time
passes only by the clock that is handed in: it must never go back, since lists are in order of
creation.
"""

from fakes.stripe.account import StripeAccount
from fakes.stripe.balance import Terms
from fakes.stripe.cart import Item, NotForSale
from fakes.stripe.catalogue import CannotArchive
from fakes.stripe.objects import Customer, NoSuchObject
from fakes.stripe.payments import Purchase
from fakes.stripe.server import StripeServer
from fakes.stripe.webhooks import Webhooks

__all__ = [
    "CannotArchive",
    "Customer",
    "Item",
    "NoSuchObject",
    "NotForSale",
    "Purchase",
    "StripeAccount",
    "StripeServer",
    "Terms",
    "Webhooks",
]
