"""The only room that calls Stripe's API: retries, paging, accounts; plain dicts out."""

from bot.stripe_api.api import Pages, StripeApi, livemode_of
from bot.stripe_api.errors import (
    StripeDenied,
    StripeDown,
    StripeGone,
    StripeRefused,
    StripeTrouble,
    TooMuch,
)
from bot.stripe_api.lists import History, Span
from bot.stripe_api.permission_check import KeyAbilities, check_permissions
from bot.stripe_api.transport import API_VERSION, Sleep

__all__ = [
    "API_VERSION",
    "History",
    "KeyAbilities",
    "Pages",
    "Sleep",
    "Span",
    "StripeApi",
    "StripeDenied",
    "StripeDown",
    "StripeGone",
    "StripeRefused",
    "StripeTrouble",
    "TooMuch",
    "check_permissions",
    "livemode_of",
]
