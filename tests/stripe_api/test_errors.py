from typing import Any

import pytest
import stripe

from bot.stripe_api import (
    StripeDenied,
    StripeDown,
    StripeGone,
    StripeRefused,
    StripeTrouble,
)
from bot.stripe_api.errors import NotStripe, trouble

# Their constructors have no types.
InvalidRequest: Any = stripe.InvalidRequestError
Connection: Any = stripe.APIConnectionError
DENIED = (
    "The provided key 'rk_test_*********0000' does not have the required permissions for this "
    "endpoint on account 'acct_1'. Having the 'rak_charge_read' permission would allow this "
    "request to continue."
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (stripe.AuthenticationError("no", http_status=401), StripeDenied),
        (stripe.PermissionError("no", http_status=403), StripeDenied),
        (InvalidRequest("no", "id", http_status=404), StripeGone),
        (
            InvalidRequest("no", "id", code="resource_missing", http_status=400),
            StripeGone,
        ),
        (InvalidRequest("no", "id", http_status=400), StripeRefused),
        (stripe.RateLimitError("no", http_status=429), StripeDown),
        (stripe.APIError("no", http_status=500), StripeDown),
        (stripe.APIError("no", http_status=409), StripeDown),
        (Connection("no"), StripeDown),
    ],
)
def test_each_error_of_stripe_is_one_of_ours(
    error: stripe.StripeError, kind: type[StripeTrouble]
) -> None:
    assert type(trouble(error)) is kind


def test_a_missing_permission_is_named_and_the_key_is_not() -> None:
    denied = trouble(stripe.PermissionError(DENIED, http_status=403))

    assert isinstance(denied, StripeDenied)
    assert (denied.status, denied.permission) == (403, "rak_charge_read")
    assert "rak_charge_read" in str(denied)
    assert "rk_test_" not in str(denied)


def test_a_missing_permission_refused_with_401_is_named_too() -> None:
    denied = trouble(stripe.AuthenticationError(DENIED, http_status=401))

    assert isinstance(denied, StripeDenied)
    assert denied.permission == "rak_charge_read"


def test_a_refusal_without_a_permission_is_told_by_its_code_and_never_in_its_own_words() -> None:
    said = "The provided key 'sk_live_****9abc' does not\nhave access to account 'acct_1'."
    refused: Any = stripe.PermissionError
    denied, nameless = (
        trouble(refused(said, http_status=403, json_body={"error": {"code": code}}))
        for code in ("account_invalid", "<b>what</b>")
    )

    assert str(denied) == "Stripe denies access (account_invalid)"
    assert "9abc" not in str(nameless)
    assert "<b>" not in str(nameless)


@pytest.mark.parametrize("status", [200, 403, 404])
def test_an_error_without_stripes_json_says_nothing_of_the_object_or_the_key(status: int) -> None:
    """The library has other exceptions for these statuses, if it could read what came."""
    assert type(trouble(stripe.APIError("<html>", http_status=status))) is NotStripe
