"""Something to hear of each made-up track: a few bars in its tempo and key, made when asked for."""

import asyncio
import math
import wave
from array import array
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web

from bot.domain.track_tags import TrackTags, track_tags
from demo.local_server import LocalServer
from demo.shop import ABOUT, TRACKS

RATE = 16_000
"""Samples a second: enough for tones, and quickly made."""
BARS, BEATS_A_BAR = 4, 4
MAJOR, MINOR = (0, 4, 7, 12), (0, 3, 7, 12)
"""The notes of a chord, in semitones."""
STEPS = (0, -4, -2, -5)
"""From bar to bar, in semitones: where the chord stands."""
NOTES = "C C♯ D E♭ E F F♯ G A♭ A B♭ B".split()
BASS = 65.4
"""Hertz: the lowest C that a phone can play."""


class Previews(LocalServer):
    """`async with Previews() as previews:` serves `previews.url`/Midnight%20Drive.wav and so on."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory(prefix="producer-bot-previews-")
        self.app.router.add_get("/{track}.wav", self._send)

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        self._folder.cleanup()

    async def _send(self, request: web.Request) -> web.FileResponse:
        track = request.match_info["track"]
        if track not in TRACKS:
            raise web.HTTPNotFound(text="There is no such track.")
        path = Path(self._folder.name) / f"{TRACKS.index(track)}.wav"
        if not path.exists():
            await asyncio.to_thread(write_preview, path, track_tags({}, ABOUT.get(track)))
        return web.FileResponse(path)  # which answers requests for a part, as Safari needs it


def write_preview(path: Path, tags: TrackTags) -> None:
    """Write a few bars of a chord, a bass and a beat as a WAV file."""
    tempo = tags.bpm or 100
    while tempo > 110:
        tempo //= 2  # felt at half its speed
    beat = 60 * RATE // tempo
    sound = [0.0] * (beat * BEATS_A_BAR * BARS)
    note, _, mode = (tags.key or "A minor").partition(" ")
    chord = MAJOR if mode == "major" else MINOR
    for bar, step in enumerate(STEPS):
        root = BASS * 2 ** ((NOTES.index(note) + step) / 12)
        for half in range(2 * BEATS_A_BAR):
            start = (bar * BEATS_A_BAR * 2 + half) * beat // 2
            _add(sound, start, root * 4 * 2 ** (chord[half % 4] / 12), 0.16, RATE // 2)
            if half % 4 == 0:
                _add(sound, start, root, 0.4, RATE)
            if half % 2 == 0:
                _add(sound, start, 55.0, 0.5, RATE // 6)
    samples = array("h", (int(max(-1.0, min(1.0, one)) * 32_000) for one in sound))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def _add(sound: list[float], start: int, hertz: float, loud: float, long: int) -> None:
    """Add a tone that begins at once and dies away."""
    turn = 2 * math.pi * hertz / RATE
    for place in range(min(long, len(sound) - start)):
        sound[start + place] += loud * (1 - place / long) ** 2 * math.sin(turn * place)
