"""Stripe's error answers. https://docs.stripe.com/api/errors"""

from fakes.stripe.objects.shape import Json

_MESSAGES: dict[int, tuple[str, str, str | None]] = {
    401: ("invalid_request_error", "Invalid API Key provided: rk_test_****", None),
    403: ("invalid_request_error", "The provided key does not have access.", None),
    404: ("invalid_request_error", "No such object.", "resource_missing"),
    409: ("idempotency_error", "The object is locked by another request.", "lock_timeout"),
    429: (
        "invalid_request_error",
        "Request rate limit exceeded. Learn more about rate limits here.",
        "rate_limit",
    ),
}


class Refused(Exception):
    """An answer other than 200: `status` and the JSON that goes with it."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(body["error"]["message"])
        self.status = status
        self.body = body


def refused(
    status: int,
    message: str,
    *,
    type_: str = "invalid_request_error",
    code: str | None = None,
    param: str | None = None,
) -> Refused:
    """An error in the form in which Stripe tells it."""
    error: Json = {"message": message, "type": type_}
    if code:
        error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code}"}
    if param:
        error["param"] = param
    return Refused(status, {"error": error})


def ordinary(status: int) -> Refused:
    """What Stripe says with a status when nothing else is known."""
    unknown = ("api_error", "An unknown error occurred.", None)
    type_, message, code = _MESSAGES.get(status, unknown)
    return refused(status, message, type_=type_, code=code)


def unauthorized(key: str | None) -> Refused:
    """401: without a key, or with one that is not this account's."""
    if key is None:
        return refused(401, "You did not provide an API key.")
    return refused(401, f"Invalid API Key provided: {_masked(key)}")


def no_account(key: str, account: str) -> Refused:
    """403: a connected account that the key does not lead to."""
    return refused(
        403,
        f"The provided key '{_masked(key)}' does not have access to account '{account}' (or that "
        "account does not exist). Application access may have been revoked.",
        code="account_invalid",
    )


# What permissions call some kinds of objects; the others go by their own names.
# https://docs.stripe.com/stripe-apps/reference/permissions
_PERMISSIONS = {
    "account": "connected_account",
    "balance_transaction": "balance",
    "payment_link": "payment_links",
    "price": "plan",
    "webhook_endpoint": "webhook",
}
SOURCES = "rak_balance_transaction_source_read"
"""What it takes to have the source of a balance transaction expanded, whatever that is."""


def permission_for(kind: str, access: str = "read") -> str:
    """What it takes to read or write such objects, as Stripe calls it; `access`: read or write."""
    return f"rak_{_PERMISSIONS.get(kind, kind).replace('.', '_')}_{access}"


def no_permission(key: str, account: str, permission: str) -> Refused:
    """403: the key lacks a permission."""
    return refused(
        403,
        f"The provided key '{_masked(key)}' does not have the required permissions for this "
        f"endpoint on account '{account}'. Having the '{permission}' permission would allow this "
        "request to continue.",
        code="more_permissions_required",
    )


def missing(kind: str, id_: str, param: str = "id") -> Refused:
    """404: no such object."""
    return refused(404, f"No such {kind}: '{id_}'", code="resource_missing", param=param)


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * max(len(key) - 12, 0)}{key[-4:]}"
