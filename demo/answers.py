"""At the end the producer asks: the slash commands, run for real, with their answers."""

from simcord import InteractionResult, ResponseMessage

from bot.domain.clock import Clock
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.queries import sales
from demo.discord_side import DiscordSide
from demo.letter import Letter
from demo.narrator import Narrator
from demo.story import TRACK


async def ask_everything(
    discord_side: DiscordSide, narrator: Narrator, store: Store, clock: Clock
) -> None:
    """Ask for the sales, statistics, newest buyer, the story's track, the catalogue and payouts."""
    asked: list[tuple[str, dict[str, str]]] = [
        ("sales", {}),
        ("stats", {}),
        ("buyer", {"sale": f"#{await _newest_sale(store, clock)}"}),
        ("exclusive", {"track": TRACK}),
        ("tracks", {}),
        ("payouts", {}),
    ]
    for command, options in asked:
        answer = await discord_side.ask(command, **options)
        typed = "".join(f" {name}: {value}" for name, value in options.items())
        narrator.answer(f"/{command}{typed}", [_letter(each) for each in _messages(answer)])


async def _newest_sale(store: Store, clock: Clock) -> int:
    async with store.read() as connection:
        producer = await producers.current(connection)
        assert producer is not None
        newest = await sales.suggest(connection, producer, "", clock())
    return newest[0].number


def _messages(answer: InteractionResult) -> list[ResponseMessage]:
    first = [answer.response] if answer.response else []
    return [*first, *answer.followups]


def _letter(message: ResponseMessage) -> Letter:
    return Letter(content=message.content, embeds=message.embeds, components=message.components)
