"""
Logos and signatures by hand: an upload made into a clean PNG, and logos laid out to equal visual weight.

An upload is hostile until it is read: what goes on is drawn anew, without what else a file may carry.
"""

from __future__ import annotations

import functools
import io
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from workflow.documents.pictures import drawing, svg
from workflow.errors import PictureError

LARGEST_UPLOAD = 5_000_000
LARGEST_PNG, LARGEST_JPEG = 10_000_000, 25_000_000
"""In pixels. A JPEG may be a phone's photograph: it is decoded at a fraction of its size."""
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The segments of a JPEG that say its size (ISO 10918-1, B.2.2)."""
_NO_FRAME_FOLLOWS = frozenset((0xD9, 0xDA))
_MOST_SEGMENTS = 1_000
_DAMAGED = "The picture is damaged, or costs too much to draw: save it anew from where it was made, and try again."

EMU_PER_MM = 36_000
EMU_PER_TWIP = 635
GAP = 9 * EMU_PER_MM
"""Between two logos of a row."""
_TALLEST_LOGO, _SMALLEST_LOGO = 24 * EMU_PER_MM, 5 * EMU_PER_MM
_WIDEST_LOGO = 62 * EMU_PER_MM


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture to print: a PNG, its size in pixels, its share of ink (0 to 1), and what is read out in its place."""

    png: bytes
    width: int
    height: int
    weight: float
    alternative: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A logo with the size that it is printed in, in EMU (36,000 to the millimetre)."""

    logo: Logo
    width: int
    height: int


def normalise(upload: bytes, alternative: str) -> Logo:
    """
    Return an upload (PNG, JPEG or SVG) as a logo: turned upright, cut to what is drawn, in RGB, free of metadata.

    Raises PictureError.
    """
    if len(upload) > LARGEST_UPLOAD:
        raise PictureError("The picture is larger than 5 MB. Save it smaller: 1,200 pixels wide is enough.")
    if not upload:
        raise PictureError("The file is empty. Choose a picture: PNG, JPEG or SVG.")
    if upload.startswith(_PNG):
        _check_size(_pixels_of_png(upload), LARGEST_PNG)
    elif upload.startswith(_JPEG):
        _check_size(_pixels_of_jpeg(upload), LARGEST_JPEG)
    elif svg.looks_like_one(upload):
        svg.check(upload)
    else:
        raise PictureError("This is not a PNG, JPEG or SVG picture. Save the logo as one of these and choose it again.")
    return logo(_drawn(upload), alternative)


def _check_size(pixels: int, most: int) -> None:
    if not pixels:
        raise PictureError(_DAMAGED)
    if pixels > most:
        raise PictureError(
            f"The picture has more than {most // 1_000_000} million pixels. "
            "Save it smaller: 1,200 pixels wide is enough."
        )


def _pixels_of_png(upload: bytes) -> int:
    """Return how many pixels a PNG says it has, from its first bytes; 0 where they say nothing."""
    if upload[12:16] != b"IHDR" or len(upload) < 24:
        return 0
    width, height = struct.unpack(">LL", upload[16:24])
    return int(width * height)


def _pixels_of_jpeg(upload: bytes) -> int:
    """Return how many pixels a JPEG says it has: its segments are stepped over as far as the one that says it."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        begins, kind, length = struct.unpack(">BBH", upload[at : at + 4].ljust(4, b"\0"))
        if begins != 0xFF or kind in _NO_FRAME_FOLLOWS:
            return 0
        if kind in _FRAMES:
            height, width = struct.unpack(">HH", upload[at + 5 : at + 9].ljust(4, b"\0"))
            return int(width * height)
        at += 2 + length
    return 0


def _drawn(upload: bytes) -> bytes:
    try:
        return drawing.drawn(upload)
    except drawing.NothingToSeeError:
        raise PictureError(
            "The picture is empty, or white on white. Use the version of the logo for a white page."
        ) from None
    except drawing.NotDrawnError:
        if upload.startswith((_PNG, _JPEG)):
            raise PictureError(_DAMAGED) from None
        raise PictureError(
            "The drawing could not be drawn: it is damaged, or too intricate. Save the logo as a PNG."
        ) from None


@functools.lru_cache(maxsize=256)
def logo(png: bytes, alternative: str) -> Logo:
    """Return a PNG that `normalise` made as a logo again."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGBA")
    tones = drawing.on_paper(picture).histogram()
    ink = sum(count * (255 - tone) for tone, count in enumerate(tones)) / (255 * sum(tones))
    return Logo(png, picture.width, picture.height, round(ink, 4), alternative)


def rows(logos: Sequence[Logo], measure: int) -> list[list[Placed]]:
    """
    Lay logos out in rows of a page's measure (twentieths of a point), in their order, centred by who prints them.

    Each has the same visual weight: the less of its area is ink, the larger it is, within bounds. Rows are as few
    as hold them, and as equally long as their order allows.
    """
    width = measure * EMU_PER_TWIP
    area = (_weighed_area(len(logos)) * EMU_PER_MM) ** 2
    placed = [_sized(one, area, width) for one in logos]
    return _broken(placed, width)


def _weighed_area(count: int) -> float:
    """The side, in mm, of the square that a logo of middling ink fills: the more logos, the smaller they are."""
    return 24 if count <= 3 else 20 if count <= 6 else 16 if count <= 15 else 12


def _sized(one: Logo, area: float, width: int) -> Placed:
    ratio = one.width / one.height
    wanted = area * (0.35 / (0.15 + one.weight)) ** 0.5
    tall = math.sqrt(wanted / ratio)
    tall = min(max(tall, _SMALLEST_LOGO), _TALLEST_LOGO)
    wide = min(tall * ratio, _WIDEST_LOGO, width)
    return Placed(one, max(1, round(wide)), max(1, round(wide / ratio)))


def _broken(placed: list[Placed], width: int) -> list[list[Placed]]:
    """Break into the fewest rows that fit, then as evenly as can be (least squares of the blank that is left)."""
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for end in range(1, len(placed) + 1):
        choices = []
        long = -GAP
        for begin in range(end - 1, -1, -1):
            long += placed[begin].width + GAP
            if long > width and begin < end - 1:
                break
            rows_before, blank, _ = best[begin]
            choices.append((rows_before + 1, blank + (width - min(long, width)) ** 2, begin))
        best.append(min(choices))
    made: list[list[Placed]] = []
    end = len(placed)
    while end:
        begin = best[end][2]
        made.insert(0, placed[begin:end])
        end = begin
    return made
