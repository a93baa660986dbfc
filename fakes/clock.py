"""The simulated account's time: the past while its history is played, then the present."""

from datetime import datetime

from bot.domain.period import Clock


class StoryClock:
    """A clock that is set to past moments one after the other, and then let go.

    It never goes back: the simulated Stripe lists its objects in order of creation.
    """

    def __init__(self, present: Clock) -> None:
        self._present = present
        self._set_to: datetime | None = None

    def __call__(self) -> datetime:
        """The moment it was set to; the present once it is let go."""
        return self._set_to or self._present()

    def set(self, moment: datetime) -> None:
        """Stand still at an aware UTC moment. ValueError for one before the last."""
        if self._set_to is not None and moment < self._set_to:
            raise ValueError("the demo's clock never goes back")
        self._set_to = moment

    def release(self) -> None:
        """From now on it is the present."""
        self._set_to = None
