"""A set-up between the simulators, with a user who types; its test sale is only counted."""

import asyncio
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.console import Console

from bot.domain.test_sale import Progress, Step
from bot.settings import Settings
from bot.terminal.env_file import Answers
from bot.terminal.questions import Questions
from bot.terminal.setup import SetUp
from fakes.discord.server import TOKEN, FakeDiscord
from fakes.simulation import now
from fakes.stripe import StripeAccount, StripeServer

ADDRESS = "https://beats.example.com"
POSTED = Progress(steps=((Step.ACCEPTED, 0.1), (Step.POSTED, 0.2)), ended=True)


@dataclass
class SetUpRoom:
    """`run` answers a set-up's prompts in turn; when there are no more answers, the input ends."""

    folder: Path
    discord: FakeDiscord
    account: StripeAccount
    stripe: StripeServer
    clock: Callable[[], datetime] = now
    test_sale: Progress = POSTED
    trouble: Exception | None = None
    """What the test sale's bot fails with."""
    encoding: str = "utf-8"
    """Of the terminal."""
    sent: list[Settings] = field(default_factory=list)
    """The settings of each test sale."""
    prompts: list[str] = field(default_factory=list)
    """What was asked in the last run."""
    said: str = ""
    """What was shown in the last run, the prompts left out."""

    def answers(self, **other: str) -> list[str]:
        """What is typed when all goes well: token, channel, no address, key, time zone."""
        given = {"token": TOKEN, "channel": "2", "address": "none", "key": self.stripe.key}
        return list((given | {"zone": "Europe/Berlin"} | other).values())

    async def run(self, *typed: str | Callable[[], object], **options: bool) -> int:
        """Its exit status. A function among the answers is called, and Enter pressed."""
        loop = asyncio.get_running_loop()
        written = io.BytesIO()
        shown = io.TextIOWrapper(written, encoding=self.encoding, write_through=True)
        self.prompts, left = [], list(typed)

        def read(prompt: str, secret: bool) -> str:
            self.prompts.append(prompt)
            if not left:
                raise EOFError
            answer = left.pop(0)
            if isinstance(answer, str):
                return answer
            # What is simulated lives in the loop of the test.
            asyncio.run_coroutine_threadsafe(_called(answer), loop).result()
            return ""

        async def send(settings: Settings) -> Progress:
            if self.trouble is not None:
                raise self.trouble
            self.sent.append(settings)
            return self.test_sale

        def run() -> int:
            questions = Questions(
                Answers(self.folder),
                scripted=options.get("scripted", False),
                console=Console(file=shown, width=80),
                read=read,
            )
            live = options.get("live", False)
            return SetUp(questions, self.clock, send, live=live).run()

        status = await asyncio.to_thread(run)
        self.said = written.getvalue().decode(self.encoding)
        return status

    def endpoints(self) -> list[str]:
        """The ids of the account's webhook endpoints, oldest first."""
        return list(self.account.books.all("webhook_endpoint"))

    def env(self) -> dict[str, str]:
        """The lines of `.env`."""
        lines = (self.folder / ".env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def files(self) -> Sequence[str]:
        return sorted(one.name for one in self.folder.glob(".env*"))


async def _called(answer: Callable[[], object]) -> None:
    found = answer()
    if asyncio.iscoroutine(found):
        await found
