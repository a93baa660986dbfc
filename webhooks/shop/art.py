"""A cover for tracks without one: drawn from the name, so always the same for the same name.

Shapes and colours are attributes of the drawing: a strict Content-Security-Policy knows no others.
"""

import hashlib

_COLOURS = (
    ("#1f2a44", "#e4572e", "#f6e7cb"),
    ("#3d1f2f", "#e39b7b", "#fbe9d7"),
    ("#12372f", "#e9b44c", "#f4efe1"),
    ("#27213d", "#8f6bd1", "#ece4ff"),
    ("#4a2512", "#f08a4b", "#ffe8d1"),
    ("#0f3a4d", "#6cc3c1", "#e8f6f3"),
    ("#5b1a2a", "#f2c14e", "#fff1cf"),
    ("#2b2d2f", "#c9d36a", "#f3f5dc"),
    ("#1a2f1f", "#7fb069", "#edf6e3"),
    ("#3a1648", "#ff7aa2", "#ffe3ec"),
    ("#0c1f33", "#4f8fe6", "#dceafe"),
    ("#40300f", "#e8c547", "#fdf3cf"),
)
"""Background, disc, sound."""
_BARS = 16
_FIRST, _STEP = 13, 5
_MIDDLE, _TALLEST = 72, 26


def cover(name: str) -> str:
    """An SVG of 100 by 100: a disc behind the sound of the name, as it were.

    Nothing of the name itself is in it, so it is safe as it is. Numbers are few and round: pages
    with hundreds of covers compress well.
    """
    seed = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    back, disc, sound = _COLOURS[seed[0] % len(_COLOURS)]
    across, down, radius = 20 + seed[1] % 13 * 5, 20 + seed[2] % 9 * 5, 18 + seed[3] % 7 * 4
    return (
        '<svg viewBox="0 0 100 100" aria-hidden="true" focusable="false">'
        f'<path fill="{back}" d="M0 0h100v100H0z"/>'
        f'<circle cx="{across}" cy="{down}" r="{radius}" fill="{disc}"/>'
        f'<path stroke="{sound}" stroke-width="2" stroke-linecap="round" d="{_sound(seed)}"/></svg>'
    )


def _sound(seed: bytes) -> str:
    """Strokes around a middle line, high and low as the seed has it, lower towards both ends."""
    strokes = []
    for place in range(_BARS):
        edge = min(place + 1, _BARS - place, _BARS // 3) / (_BARS // 3)
        half = 1 + round((1 + seed[4 + place] % 5) / 5 * edge * _TALLEST / 2)
        strokes.append(f"M{_FIRST + place * _STEP} {_MIDDLE - half}v{2 * half}")
    return "".join(strokes)
