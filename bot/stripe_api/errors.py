"""What can go wrong with Stripe's API, told apart by what helps. All messages are safe to log."""

import re

import stripe

_PERMISSION = re.compile(r"'(rak_\w+)'")
_KEY = re.compile(r"\b[rs]k_(?:live|test)_[\w*]+")


class StripeTrouble(Exception):
    """A call to Stripe that gave no answer."""


class StripeDown(StripeTrouble):
    """Stripe did not answer, or not now: the same call may well work later.

    `retry_after` is Stripe's own wish in seconds, where it said one.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StripeDenied(StripeTrouble):
    """The key may not do this: asking again does not help, the operator must act.

    `status` is 401 (no such key) or 403; `permission` is what Stripe says the key lacks, as Stripe
    writes it (`rak_charge_read`), where it says so.
    """

    def __init__(self, message: str, status: int, permission: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.permission = permission


class StripeGone(StripeTrouble):
    """Stripe knows no such object in this account and mode."""


class StripeRefused(StripeTrouble):
    """A request that Stripe will never take as things stand: asking again does not help.

    `code` and `param` are Stripe's, where it says them.
    """

    def __init__(self, message: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


def trouble(error: stripe.StripeError) -> StripeTrouble:
    """Stripe's error as ours. https://docs.stripe.com/error-handling?lang=python"""
    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        return _denied(error)
    if error.http_status == 404 or error.code == "resource_missing":
        return StripeGone(_message(error))
    if isinstance(error, stripe.InvalidRequestError) and error.http_status == 400:
        return StripeRefused(
            f"Stripe refuses the request: {_message(error)}", error.code, error.param
        )
    if error.http_status is None:
        return StripeDown("Stripe cannot be reached")
    return StripeDown(f"Stripe answered with status {error.http_status}", retry_after(error))


def retry_after(error: stripe.StripeError) -> float | None:
    """Seconds that Stripe asks us to wait; None where it does not say (or says it as a date)."""
    text = (error.headers or {}).get("Retry-After", "")
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d+)?", text) else None


def _denied(error: stripe.StripeError) -> StripeDenied:
    if isinstance(error, stripe.AuthenticationError):
        return StripeDenied("Stripe does not know this API key (or it has expired)", 401)
    said = _message(error)
    found = _PERMISSION.search(said)
    if found is None:
        return StripeDenied(f"Stripe denies access: {said}", 403)
    permission = found.group(1)
    message = f"the Stripe API key lacks a permission: {permission}"
    return StripeDenied(message, 403, permission)


def _message(error: stripe.StripeError) -> str:
    """Stripe's words in one line, without any part of a key."""
    return _KEY.sub("(key)", " ".join(str(error.user_message or "").split()))
