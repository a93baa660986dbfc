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
from bot.stripe_api.errors import trouble

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


def test_other_refusals_are_told_in_stripes_words_without_the_key() -> None:
    said = "The provided key 'sk_live_****9abc' does not\nhave access to account 'acct_1'."
    denied = trouble(stripe.PermissionError(said, http_status=403))

    assert "does not have access to account 'acct_1'" in str(denied)
    assert "9abc" not in str(denied)
