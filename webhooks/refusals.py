"""Every way a delivery can be refused: a row each, with its status and the reason for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """How one kind of bad delivery is answered."""

    outcome: str
    """One word for logs and metrics. Holds nothing the sender wrote."""
    status: int
    """The HTTP status. Stripe repeats any delivery that is not answered 2xx."""
    answer: str
    """What the sender reads; Stripe shows it beside the delivery in its Dashboard."""


class Refused(Exception):
    """A delivery is turned away for the reason in `refusal`; nothing of it was stored."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.outcome)
        self.refusal = refusal


# The request itself.
WRONG_CONTENT_TYPE = Refusal(
    "wrong_content_type", 415, "Stripe sends application/json without a content encoding."
)
TOO_LARGE = Refusal("too_large", 413, "An event is at most 1 MiB.")
TOO_SLOW = Refusal("too_slow", 408, "The body took too long to arrive.")
BROKEN_UPLOAD = Refusal("broken_upload", 400, "The body did not arrive whole.")

# The signature. Which part is wrong is no secret: it helps whoever sets the endpoint up.
NO_SIGNATURE = Refusal("no_signature", 400, "There is no Stripe-Signature header.")
UNREADABLE_SIGNATURE = Refusal(
    "unreadable_signature", 400, "The Stripe-Signature header needs one t and at least one v1."
)
WRONG_SIGNATURE = Refusal(
    "wrong_signature",
    400,
    "No secret in STRIPE_WEBHOOK_SECRET made this signature: "
    "copy the signing secret of this very endpoint from Stripe.",
)
STALE_SIGNATURE = Refusal(
    "stale_signature",
    400,
    "The signature's time is over 300 seconds away from this server's: check its clock.",
)

# The content, looked at only once its signature is known to be right.
NOT_JSON = Refusal("not_json", 400, "The body is not JSON in UTF-8, or beyond what a store holds.")
NOT_AN_EVENT = Refusal("not_an_event", 400, "The body is not an event of Stripe's.")

# Ours to mend: Stripe sends the event again later.
NOT_STORED = Refusal("not_stored", 503, "The event could not be stored. Please send it again.")

REFUSALS = (
    WRONG_CONTENT_TYPE,
    TOO_LARGE,
    TOO_SLOW,
    BROKEN_UPLOAD,
    NO_SIGNATURE,
    UNREADABLE_SIGNATURE,
    WRONG_SIGNATURE,
    STALE_SIGNATURE,
    NOT_JSON,
    NOT_AN_EVENT,
    NOT_STORED,
)
