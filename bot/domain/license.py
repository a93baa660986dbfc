"""A sold license, with all that its document says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.records import PaymentRecord, Sale, SaleState
from bot.domain.terms import Terms


class LicenseState(StrEnum):
    """What a license is worth, in one word."""

    VALID = "valid"
    REFUNDED = "refunded"
    """Its price went back to the buyer, by a refund or by the bank."""
    UNPAID = "unpaid"
    """Not paid yet, or never: there is no license."""
    CONFLICT = "conflict"
    """Paid after the track had been sold exclusively: the producer has nothing to license."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorLease:
    """A lease that an exclusive's buyer should know of; never whose it is."""

    number: int
    sold: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLicense:
    """A sale with all that its license document says."""

    record: PaymentRecord
    sale: Sale
    """One of the record's."""
    terms: Terms | None
    """What it was sold under; None where nothing was fixed."""
    prior: tuple[PriorLease, ...] = ()
    """For an exclusive: the leases sold before it that stay valid, oldest first; those of the
    same payment are its buyer's own. At most `SHOWN_LEASES` in the store."""
    prior_count: int = 0
    """How many there are in all."""

    @property
    def state(self) -> LicenseState:
        if self.sale.state in (SaleState.REFUNDED, SaleState.DISPUTE_LOST):
            return LicenseState.REFUNDED
        if not self.sale.state.holds_rights:
            return LicenseState.UNPAID
        return LicenseState.CONFLICT if self.sale.conflict else LicenseState.VALID
