"""The shop as data: `GET /tracks.json`.

    {"name": "Low Tide Beats", "test": false, "url": "https://beats.example.com/", "tracks": [
      {"id": 12, "name": "Midnight Drive", "url": "https://beats.example.com/tracks/midnight-drive-12",
       "description": "…" or null, "images": ["https://…"], "preview_url": "https://…" or null,
       "licenses": [
         {"name": "Basic Lease", "exclusive": false, "summary": "A lease for one song …",
          "allows": ["Record vocals …"],
          "terms_url": "https://beats.example.com/terms/lease" or null,
          "prices": [{"id": "price_…", "amount": 2999, "currency": "usd", "text": "$29.99"}]}]}]}

Amounts are in minor units (cents for usd, yen for jpy). Without PUBLIC_URL, addresses are relative.
"""

import json
from typing import Any
from urllib.parse import quote

from webhooks.shop.view_model import LicenseShown, TrackShown, Window

CONTENT_TYPE = "application/json; charset=utf-8"


def listing(window: Window, public_url: str | None) -> str:
    """Everything for sale, as JSON."""
    home = f"{(public_url or '').rstrip('/')}/"
    return json.dumps(
        {
            "name": window.name,
            "test": window.test,
            "url": home,
            "tracks": [_track(track, home) for track in window.tracks],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _track(track: TrackShown, home: str) -> dict[str, Any]:
    return {
        "id": track.id,
        "name": track.name,
        "url": f"{home}tracks/{track.slug}",
        "description": "\n".join(track.paragraphs) or None,
        "images": list(track.images),
        "preview_url": track.preview,
        "licenses": [_license(one, home) for one in track.licenses],
    }


def _license(one: LicenseShown, home: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "exclusive": one.exclusive,
        "summary": one.allows.short if one.allows else "",
        "allows": list(one.allows.points) if one.allows else [],
        "terms_url": f"{home}terms/{quote(one.terms, safe='')}" if one.terms else None,
        "prices": [
            {"id": tag.id, "amount": tag.amount, "currency": tag.currency, "text": tag.words}
            for tag in one.tags
        ],
    }
