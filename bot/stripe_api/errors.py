"""What can go wrong with Stripe's API, by what helps. All messages are safe to log."""

import re

import stripe

from bot.domain.json_access import mapping

_PERMISSION = re.compile(r"\brak_[a-z_]{1,80}\b")
_CODE = re.compile(r"[a-z_]{1,60}")
_TOLD_APART = (200, 400, 401, 402, 403, 404)
"""Statuses for which the library has other exceptions, if the answer is Stripe's own JSON. A 404 of
a proxy says nothing of the object."""
_KEY = re.compile(r"\b[rs]k_(?:live|test)_[\w*]+")


class StripeTrouble(Exception):
    """A call to Stripe that gave no answer."""


class StripeDown(StripeTrouble):
    """Stripe did not answer, or not now: the same call may well work later.

    `retry_after`: the seconds that Stripe asks for, if it does.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotStripe(StripeDown):
    """A proxy, a gateway or a page of maintenance answered, whatever its status."""

    def __init__(self) -> None:
        super().__init__("something that is not Stripe answered")


class StripeDenied(StripeTrouble):
    """The key may not do this: asking again does not help, the operator must act.

    `status` is 401 (no such key) or 403; `permission` is what Stripe says the key lacks, as Stripe
    writes it (`rak_charge_read`), if it says so.
    """

    def __init__(self, message: str, status: int, permission: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.permission = permission


class StripeGone(StripeTrouble):
    """Stripe knows no such object in this account and mode."""


class StripeRefused(StripeTrouble):
    """A request that Stripe refuses: sending it again does not help.

    `code` and `param` are Stripe's, if it gives them.
    """

    def __init__(self, message: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class TooMuch(Exception):
    """A list holds more than was asked for: ask for a shorter span."""


def trouble(error: stripe.StripeError) -> StripeTrouble:
    """Stripe's error as ours. https://docs.stripe.com/error-handling?lang=python"""
    if isinstance(error, (stripe.AuthenticationError, stripe.PermissionError)):
        return _denied(error)
    if type(error) is stripe.APIError and error.http_status in _TOLD_APART:
        return NotStripe()
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
    """Seconds that Stripe asks us to wait; None if it does not say, or says it as a date."""
    text = (error.headers or {}).get("Retry-After", "")
    return float(text) if re.fullmatch(r"\d{1,6}(\.\d+)?", text) else None


def _denied(error: stripe.StripeError) -> StripeDenied:
    """Only names are taken of what Stripe says: the rest holds parts of the key.

    Stripe has refused a missing permission with 401, too.
    """
    if permission := _permission_named(error):
        said = f"the Stripe API key lacks a permission: {permission}"
        return StripeDenied(said, 403, permission)
    if isinstance(error, stripe.AuthenticationError):
        return StripeDenied("Stripe does not know this API key (or it has expired)", 401)
    # The library takes no code from an answer with status 403.
    code = _CODE.fullmatch(str(mapping(mapping(error.json_body).get("error")).get("code")))
    return StripeDenied(f"Stripe denies access ({code.group() if code else 'without a name'})", 403)


def _permission_named(error: stripe.StripeError) -> str:
    """What Stripe says the key lacks, as it calls it: `rak_charge_read`. Else empty."""
    found = _PERMISSION.search(_message(error))
    return found.group() if found else ""


def _message(error: stripe.StripeError) -> str:
    """Stripe's words in one line, without any part of a key."""
    return _KEY.sub("(key)", " ".join(str(error.user_message or "").split()))
