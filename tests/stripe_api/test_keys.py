import pytest

from bot.stripe_api import livemode_of


@pytest.mark.parametrize(
    ("key", "livemode"),
    [
        ("rk_live_51abc", True),
        ("sk_live_51abc", True),
        ("rk_test_51abc", False),
        ("sk_test_51abc", False),
    ],
)
def test_a_keys_mode_is_told_from_its_form(key: str, *, livemode: bool) -> None:
    assert livemode_of(key) is livemode


@pytest.mark.parametrize("key", ["", "pk_live_51abc", "whsec_abc", "rk_liv_51abc", "live"])
def test_what_is_no_api_key_is_refused_without_being_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="begins with rk_live_") as refused:
        livemode_of(key)
    assert "51abc" not in str(refused.value)
