"""The custom ids of buttons and menus: built here, read back here.

What comes back in a click is forged input until checked: an id names what is asked for, it never
grants anything. https://docs.discord.com/developers/components/reference#custom-id
"""

BUYER = r"buyer:(?P<number>[0-9]{1,9})"
SALE = r"sale:(?P<number>[0-9]{1,9})"
RECORDS = "records"
STATISTICS = r"stats:(?P<period>today|week|month|year|all)"
LIST = r"list:(?P<token>[0-9a-f]{8}):(?P<action>[a-z]{1,16})"


def buyer(number: int) -> str:
    """The button that shows who bought a sale."""
    return f"buyer:{number}"


def sale(number: int) -> str:
    """The button that shows a sale's record."""
    return f"sale:{number}"


def listed(token: str, action: str) -> str:
    """A button or menu of a list that lives in memory; `token` is eight hexadecimal digits."""
    return f"list:{token}:{action}"


def statistics(period: str) -> str:
    """The button that shows another period."""
    return f"stats:{period}"
