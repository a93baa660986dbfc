"""Events, where they are sent, and the account itself. Shapes: Stripe's public OpenAPI examples."""

from collections.abc import Sequence

from fakes.stripe.objects.shape import EMPTY, Json


def event(
    id_: str, created: int, type_: str, data: Json, *, livemode: bool, version: str, account: str
) -> Json:
    """A snapshot event; `account` is empty but for those of a connected account."""
    envelope: Json = {
        "id": id_,
        "object": "event",
        "api_version": version,
        "created": created,
        "data": data,
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type_,
    }
    if account:
        envelope["account"] = account
    return envelope


def endpoint(
    id_: str, created: int, url: str, types: Sequence[str], *, livemode: bool, version: str | None
) -> Json:
    """Where events of these types are sent; its secret is shown to nobody again."""
    return {
        "id": id_,
        "object": "webhook_endpoint",
        "api_version": version,
        "application": None,
        "created": created,
        "description": None,
        "enabled_events": list(types),
        "livemode": livemode,
        "metadata": EMPTY,
        "status": "enabled",
        "url": url,
    }


def account(
    id_: str, created: int, *, currency: str, country: str, timezone: str, name: str
) -> Json:
    """The account as `GET /v1/account` shows it."""
    return {
        "id": id_,
        "object": "account",
        "business_profile": {"name": name, "support_email": None, "url": None},
        "business_type": "individual",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": country,
        "created": created,
        "default_currency": currency,
        "details_submitted": True,
        "email": None,
        "metadata": EMPTY,
        "payouts_enabled": True,
        "settings": {
            "branding": {"icon": None, "logo": None},
            "dashboard": {"display_name": name, "timezone": timezone},
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": 2, "interval": "daily"},
            },
        },
        "type": "standard",
    }
