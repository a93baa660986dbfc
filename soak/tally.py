"""How much happens in a run, and how much has happened."""

from dataclasses import dataclass, field
from random import Random

from fakes.killing import Moment, moments


@dataclass(frozen=True, slots=True)
class Size:
    """How much happens in a run."""

    payments: int = 2000
    """While the bot is there. Further ones, a tenth of this, were made before."""
    kills: int = 20

    @property
    def crowd(self) -> int:
        """How many events are on their way at a time: among so many they lose their order."""
        return max(self.payments // 10, 20)

    def moments(self, random: Random) -> list[Moment]:
        """When to kill: somewhere within each life's share of what happens."""
        share = max(self.payments // max(self.kills, 1), 2)
        most = {"taken": 5 * share, "asked": share // 2, "done": share // 2}
        return moments(random, self.kills, most | {"late": 5 * share, "young": 300})


@dataclass(slots=True)
class Tally:
    """What has happened in a run so far."""

    payments: int = 0
    taken: int = 0
    """Webhooks that the bot has answered with 200."""
    lost: int = 0
    """Events that no webhook brings."""
    doubled: int = 0
    """Events that are sent twice."""
    kills: int = 0
    messages: int = 0
    """In the channel."""
    differences: int = 0
    """That the audit found."""
    findings: list[str] = field(default_factory=list)
    """What is not as it should be, in words."""
