"""What the producer of these tests sells, and who buys it."""

from fakes.stripe import Customer, StripeAccount

ANA = Customer(name="Ana Lima", email="ana.lima@example.com", country="BR")
BEN = Customer(name="Ben Okoro", email="ben@example.org", country="NG", promotions="opt_in")


class Shop:
    """Tracks with a product each, and a price a license."""

    def __init__(self, account: StripeAccount) -> None:
        self.account = account
        self.midnight_drive = account.product("Midnight Drive")
        self.neon_rain = account.product("Neon Rain")
        self.paper_moon = account.product("Paper Moon")
        self.lease = self._lease(self.midnight_drive, 2999)
        self.neon_lease = self._lease(self.neon_rain, 3500)
        self.paper_lease = self._lease(self.paper_moon, 1999)
        self.exclusive = account.price(
            self.midnight_drive, 49_900, nickname="Exclusive", metadata={"exclusive": "true"}
        )
        # That products and prices were made is not what is tested.
        account.take_events()

    def priced(self, amount: int, currency: str = "usd") -> str:
        """A lease of Midnight Drive at another price."""
        return self._lease(self.midnight_drive, amount, currency)

    def _lease(self, track: str, amount: int, currency: str = "usd") -> str:
        return self.account.price(track, amount, currency, nickname="Basic Lease")
