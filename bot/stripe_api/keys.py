"""API keys: what their form says."""

_LIVE = ("rk_live_", "sk_live_")
_TEST = ("rk_test_", "sk_test_")


def livemode_of(key: str) -> bool:
    """Whether an API key is of live mode. https://docs.stripe.com/keys

    ValueError (naming nothing of the key) for what is no secret or restricted key.
    """
    if key.startswith(_LIVE):
        return True
    if key.startswith(_TEST):
        return False
    raise ValueError("a Stripe API key begins with rk_live_, rk_test_, sk_live_ or sk_test_")


def is_restricted(key: str) -> bool:
    """Whether a key may do only what it was given; a secret key may do everything."""
    return key.startswith("rk_")
