"""Browsers that ask for one page again and again, over many connections that are kept.

As with webhooks, whoever asks must not be what is measured: of an answer only its length is read.
"""

from collections.abc import Sequence

from bench.deliveries import Delivery, send_all


async def ask_all(port: int, path: str, times: int) -> float:
    """Ask so often for a page, as browsers do; seconds from the first to the last."""
    return await send_all(port, requests(path, times))


def requests(path: str, times: int) -> Sequence[Delivery]:
    """The same request so many times."""
    headers = {"Host": "127.0.0.1", "Accept-Encoding": "gzip, deflate, br", "Accept": "text/html"}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head = "".join(f"{line}\r\n" for line in [*lines, ""])
    return [Delivery(b"", headers, head.encode())] * times
