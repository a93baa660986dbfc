"""The only room that calls Stripe's API: retries, paging, accounts; plain dicts out."""

from bot.stripe_api.abilities import KeyAbilities, abilities
from bot.stripe_api.api import StripeApi
from bot.stripe_api.catalogue import Pages
from bot.stripe_api.errors import StripeDenied, StripeDown, StripeGone, StripeRefused, StripeTrouble
from bot.stripe_api.history import History
from bot.stripe_api.keys import livemode_of
from bot.stripe_api.lists import Span, TooMuch
from bot.stripe_api.transport import API_VERSION

__all__ = [
    "API_VERSION",
    "History",
    "KeyAbilities",
    "Pages",
    "Span",
    "StripeApi",
    "StripeDenied",
    "StripeDown",
    "StripeGone",
    "StripeRefused",
    "StripeTrouble",
    "TooMuch",
    "abilities",
    "livemode_of",
]
