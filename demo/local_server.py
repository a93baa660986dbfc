"""A small web server on this machine, for as long as the demo plays."""

from typing import Self

from aiohttp import web


class LocalServer:
    """`async with` it: then `url` is its address, without a slash at its end."""

    def __init__(self) -> None:
        self.url = ""
        self.app = web.Application()
        self._runner = web.AppRunner(self.app, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
