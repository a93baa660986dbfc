"""What one can hear in the demo's shop."""

import wave
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from bot.domain.track_tags import TrackTags
from demo.previews import Previews, write_preview


@pytest.mark.parametrize(
    "tags", [TrackTags(), TrackTags(bpm=140, key="E♭ major"), TrackTags(bpm=76, key="F♯ minor")]
)
def test_preview_is_some_seconds_of_sound(tmp_path: Path, tags: TrackTags) -> None:
    write_preview(tmp_path / "a.wav", tags)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert 5 < file.getnframes() / file.getframerate() < 20
        assert len({*file.readframes(2000)}) > 50


async def test_each_track_is_served_whole_and_in_part() -> None:
    async with Previews() as previews, aiohttp.ClientSession() as session:
        address = f"{previews.url}/{quote('Amber Hours')}.wav"
        async with session.get(address) as whole:
            assert whole.content_type in ("audio/wav", "audio/x-wav")
            sound = BytesIO(await whole.read())
        with wave.open(sound) as file:
            assert file.getnchannels() == 1
        async with session.get(address, headers={"Range": "bytes=0-1"}) as part:
            assert (part.status, await part.read()) == (206, b"RI")
        for unknown in ("Nothing.wav", "..%2F..%2Fetc%2Fpasswd.wav"):
            async with session.get(f"{previews.url}/{unknown}") as none:
                assert none.status == 404
