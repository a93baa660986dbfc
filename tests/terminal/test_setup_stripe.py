"""The set-up's part with Stripe: what is wrong is named with its cure, and asked again."""

import pytest

from bot.domain.event_types import TYPES
from fakes.discord.server import TOKEN
from fakes.simulation import now
from fakes.stripe import StripeAccount, StripeServer
from fakes.stripe.faults import Odd
from tests.terminal.set_up_room import ADDRESS, SetUpRoom


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("pk_test_123456789", "this is a publishable key"),
        ("sk_test_123456789", "a secret key, which can do everything"),
        ("whsec_123456789", "this is a webhook's signing secret"),
        ("rk_test_123456789", "Stripe does not know this API key"),
        ("hello", "not a Stripe key: a restricted key begins with rk_test_ or rk_live_"),
    ],
)
async def test_setup_names_what_is_not_a_restricted_key_and_asks_again(
    room: SetUpRoom, typed: str, said: str
) -> None:
    assert await room.run(TOKEN, "2", "none", typed, room.stripe.key) == 130
    assert said in room.said
    assert "https://dashboard.stripe.com/apikeys" in room.said
    assert "✓ Stripe accepted the key" in room.said


async def test_setup_names_each_permission_that_the_key_lacks(room: SetUpRoom) -> None:
    room.stripe.faults.denied |= {"charge", "payout", "account"}
    typed = room.answers()
    assert await room.run(*typed[:4], room.stripe.faults.clear, typed[-1]) == 0, room.said
    assert "Charges and Refunds: Read (rak_charge_read), for what was paid" in room.said
    assert "Payouts: Read (rak_payout_read)" in room.said
    assert "rak_connected_account" not in room.said.split("✗")[1]


async def test_setup_with_a_live_key_after_a_test_key_points_to_live(room: SetUpRoom) -> None:
    (room.folder / ".env").write_text("STRIPE_API_KEY=rk_test_1\n")
    typed = room.answers()
    # The key in .env is tried first, and is refused.
    assert await room.run(*typed[:3], "rk_live_123456789", room.stripe.key, typed[-1]) == 0
    assert "this bot was set up with a test key" in room.said
    assert "producer-bot setup --live" in room.said


async def test_setup_live_asks_only_for_the_live_key(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.run(*room.answers(address=ADDRESS))
    test_key, test_secret = room.env()["STRIPE_API_KEY"], room.env()["STRIPE_WEBHOOK_SECRET"]
    account = StripeAccount(clock=now, livemode=True, seed=2)
    async with StripeServer(account) as live:
        monkeypatch.setenv("STRIPE_API_URL", live.url)
        assert await room.run(test_key, live.key, live=True) == 0, room.said
    assert len(account.books.all("webhook_endpoint")) == 1
    assert "This is a test key, and live mode needs one that begins with rk_live_" in room.said
    assert [prompt.partition(" ")[0] for prompt in room.prompts] == ["Key", "Key"]
    assert room.env()["STRIPE_API_KEY"] == live.key
    assert room.env()["STRIPE_WEBHOOK_SECRET"] not in ("", test_secret)
    kept = (room.folder / ".env.before-setup").read_text()
    assert test_key in kept


async def test_setup_with_sixteen_endpoints_asks_to_delete_one(room: SetUpRoom) -> None:
    account = room.account
    made = [account.endpoint(f"https://{n}.example.com/", ["charge.succeeded"]) for n in range(16)]

    def delete_one() -> None:
        account.books.remove(made[3])

    typed = room.answers(address=ADDRESS)
    assert await room.run(*typed[:-1], delete_one, typed[-1]) == 0, room.said
    assert "Stripe allows 16 endpoints, and your account has that many already." in room.said
    assert len(room.endpoints()) == 16
    # The address has changed: ours is replaced, though there is no room next to it.
    (room.folder / ".env").write_text((room.folder / ".env").read_text().replace("beats.", "new."))
    assert await room.run() == 0, room.said
    assert "in place of an older one: https://new.example.com" in room.said
    assert len(room.endpoints()) == 16


async def test_setup_with_a_key_that_may_not_create_endpoints_names_the_permission(
    room: SetUpRoom,
) -> None:
    room.stripe.faults.read_only.add("webhook_endpoint")
    typed = room.answers(address=ADDRESS)
    assert await room.run(*typed[:-1], room.stripe.faults.clear, typed[-1]) == 0, room.said
    assert "The key may not create the webhook endpoint (rak_webhook_write)." in room.said
    assert "permissions[]=rak_webhook_write" in room.said


async def test_setup_leaves_another_endpoint_with_the_same_address_and_says_so(
    room: SetUpRoom,
) -> None:
    other = room.account.endpoint(f"{ADDRESS}/webhooks/stripe", ["charge.succeeded"])
    assert await room.run(*room.answers(address=ADDRESS)) == 0
    assert other in room.endpoints()
    assert "! Another endpoint has the same address" in room.said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("POST /v1/webhook_endpoints", "something that is not Stripe answered"),
        ("/v1/payouts", "Stripe did not say which permissions the key has."),
    ],
)
async def test_setup_that_stripe_does_not_answer_tries_the_step_again(
    room: SetUpRoom, path: str, said: str
) -> None:
    room.stripe.faults.odd_next(1, Odd.HTML_404, path=path)
    typed = room.answers(address=ADDRESS)
    assert await room.run(*typed[:-1], "", typed[-1]) == 0, room.said
    assert said in room.said
    assert len(room.endpoints()) == 1


async def test_setup_with_an_address_that_stripe_refuses_says_so(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fakes.stripe.resources.MOST_ENDPOINTS", 0)
    typed = room.answers(address=ADDRESS)
    assert await room.run(*typed[:-1], "", typed[-1]) == 0, room.said
    assert "Stripe refuses the request: You have reached the maximum" in room.said
    assert room.prompts[-2].startswith("Address")
    assert "PUBLIC_URL" not in room.env()


async def test_setup_keeps_a_secret_while_the_key_may_not_create_another_endpoint(
    room: SetUpRoom,
) -> None:
    """The endpoint lacks an event, and can be mended by hand as well."""
    made = room.account.endpoint(f"{ADDRESS}/webhooks/stripe", ["charge.succeeded"])
    (room.folder / ".env").write_text("STRIPE_WEBHOOK_SECRET=whsec_of_mine\n")
    room.stripe.faults.read_only.add("webhook_endpoint")

    def mend() -> None:
        account = room.account
        account.books.remove(made)
        account.endpoint(f"{ADDRESS}/webhooks/stripe", sorted(TYPES))

    typed = room.answers(address=ADDRESS)
    assert await room.run(*typed[:-1], mend, typed[-1]) == 0, room.said
    assert room.env()["STRIPE_WEBHOOK_SECRET"] == "whsec_of_mine"
    assert len(room.endpoints()) == 1


async def test_setup_without_an_address_says_what_a_secret_means(room: SetUpRoom) -> None:
    (room.folder / ".env").write_text("STRIPE_WEBHOOK_SECRET=whsec_of_mine\n")
    assert await room.run(*room.answers()) == 0, room.said
    assert "the bot expects webhooks from Stripe" in room.said
    assert room.env()["STRIPE_WEBHOOK_SECRET"] == "whsec_of_mine"


async def test_setup_replaces_its_own_endpoint_of_another_version(room: SetUpRoom) -> None:
    assert await room.run(*room.answers(address=ADDRESS)) == 0, room.said
    [made] = room.endpoints()
    room.account.get("webhook_endpoint", made)["api_version"] = "2019-12-03"
    assert await room.run() == 0, room.said
    assert "in place of an older one" in room.said
    assert made not in room.endpoints()


async def test_setup_without_the_right_to_create_an_endpoint_can_do_without_one(
    room: SetUpRoom,
) -> None:
    room.stripe.faults.read_only.add("webhook_endpoint")
    typed = room.answers(address=ADDRESS)
    assert await room.run(*typed[:-1], "none", typed[-1]) == 0, room.said
    assert "type none (the bot then asks Stripe for what is new)" in room.prompts[-2]
    assert "STRIPE_WEBHOOK_SECRET" not in room.env()
    assert room.env()["PUBLIC_URL"] == ADDRESS


async def test_setup_with_a_secret_in_the_environment_leaves_the_endpoint_alone(
    room: SetUpRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_of_mine")
    assert await room.run(*room.answers(address=ADDRESS)) == 0, room.said
    assert room.endpoints() == []
    assert room.env()["STRIPE_WEBHOOK_SECRET"] == "whsec_of_mine"
