"""Nothing that is nobody's business reaches the log, whatever goes wrong; in either format.

That nothing secret was said is checked at the end of each run of every test here, see world.py.
"""

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from demo.shop import BUYERS
from fakes.bot_output import Books
from fakes.simulation import FORMATS, SECRET, until
from fakes.stripe.shapes import Json
from tests.process.person import Person
from tests.process.world import World

NOVA = BUYERS["Nova Example"]
MISPLACED = (NOVA.name, NOVA.email, {"name": NOVA.name}, [NOVA.email], SECRET, -1, None)
STRANGE = 60


@pytest.mark.parametrize("log_format", FORMATS)
async def test_no_buyer_and_no_secret_is_in_the_log_of_a_bot_in_trouble(
    world: World, producer: Person, log_format: str
) -> None:
    world.calm = False
    bot = await world.start(LOG_FORMAT=log_format)
    await until(lambda: world.discord.gateway.connected)
    refusal = f"Invalid Form Body: {NOVA.name} <{NOVA.email}>"
    world.discord.fail("POST", "/messages", status=400, code=50035, text=refusal)
    world.stripe.faults.fail_next(3, status=500)
    await world.sell()
    await until(lambda: "set aside" in bot.said)
    world.discord.fail("POST", "/callback", status=404, code=10062)
    await producer.slash("sales", buyer=str(NOVA.name))

    await world.send_all(strange(world.events_of_sales(2), Random(3)))
    event = json.dumps(world.events_of_sales(1)[0])
    for headers in ({}, {"Stripe-Signature": f"t=1,v1={SECRET}"}):
        sent = {"Content-Type": "application/json"} | headers
        url = f"{world.url}/webhooks/stripe?email={NOVA.email}"
        async with world.http.post(url, data=event, headers=sent) as answer:
            assert answer.status == 400
    assert await world.status(f"/{NOVA.name}/{NOVA.email}") == 404
    pending = "SELECT count(*) FROM events WHERE state = 'pending' AND attempts = 0"
    await until(lambda: Books(world.database).ask(pending) == [(0,)])
    assert await bot.stop() == 0


def strange(events: list[Json], random: Random) -> Iterator[Json]:
    """Events of new payments in which something stands where it does not belong."""
    for number in range(STRANGE):
        text = json.dumps(random.choice(events))
        for kind in ("evt_", "pi_", "cs_test_", "ch_"):
            text = text.replace(f'"{kind}', f'"{kind}{number}x')
        event = json.loads(text)
        holder, key = random.choice(list(places(event["data"]["object"])))
        holder[key] = copy.deepcopy(random.choice(MISPLACED))
        yield event


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everything within a JSON value, as what holds it and under which key."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])
