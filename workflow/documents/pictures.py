"""
Logos and signatures by hand: an upload made into a clean PNG, and logos laid out to equal visual weight.

An upload is hostile until it is read: what goes on is drawn anew, without what else a file may carry.
"""

from __future__ import annotations

import functools
import io
import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflow.documents import svg

if TYPE_CHECKING:
    from PIL import Image

LARGEST_UPLOAD = 5_000_000
LARGEST_PICTURE = 25_000_000
"""In pixels: what Pillow needs for it stays under 300 MB."""
WIDEST, TALLEST = 1200, 800
"""In pixels, of what is kept: 300 dpi at the largest size that a logo is printed in."""
_HEAD = 10_000
"""Within so many bytes a drawing has begun: what comes before are comments, and a document type."""
_INK = 24
"""How far from white, of 255, a pixel must be to be seen on paper."""

EMU_PER_MM = 36_000
EMU_PER_TWIP = 635
GAP = 9 * EMU_PER_MM
"""Between two logos of a row."""
_TALLEST_LOGO, _SMALLEST_LOGO = 24 * EMU_PER_MM, 5 * EMU_PER_MM
_WIDEST_LOGO = 62 * EMU_PER_MM


class PictureRefused(ValueError):
    """An upload that cannot be a logo; the sentence says why, and what to do."""


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

    Raises PictureRefused.
    """
    if len(upload) > LARGEST_UPLOAD:
        raise PictureRefused("The picture is larger than 5 MB. Save it smaller: 1,200 pixels wide is enough.")
    if not upload:
        raise PictureRefused("The file is empty. Choose a picture: PNG, JPEG or SVG.")
    if upload.startswith(b"\x89PNG\r\n\x1a\n") or upload.startswith(b"\xff\xd8\xff"):
        return _drawn_anew(upload, alternative)
    if re.match(
        rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<svg[\s>/]|<!DOCTYPE)", upload.removeprefix(b"\xef\xbb\xbf"), re.S
    ):
        try:
            return _drawn_anew(svg.png(upload), alternative)
        except svg.SvgRefused as refused:
            raise PictureRefused(str(refused)) from None
    raise PictureRefused("This is not a PNG, JPEG or SVG picture. Save the logo as one of these and choose it again.")


def _drawn_anew(upload: bytes, alternative: str) -> Logo:
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(upload), formats=("PNG", "JPEG"))
        if opened.width * opened.height > LARGEST_PICTURE:
            raise Image.DecompressionBombError
        opened.draft("RGB", (WIDEST, TALLEST))
        picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except Image.DecompressionBombError:
        raise PictureRefused(
            "The picture has more than 25 million pixels. Save it smaller: 1,200 pixels wide is enough."
        ) from None
    except Exception as error:  # Pillow raises whatever its decoders do
        raise PictureRefused("The picture is damaged: save it anew from where it was made, and try again.") from error
    drawn = _seen(picture).getbbox()
    if drawn is None:
        raise PictureRefused("The picture is empty, or white on white. Use the version of the logo for a white page.")
    picture = picture.crop(drawn)
    picture.thumbnail((WIDEST, TALLEST), Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    picture.save(kept, "PNG", compress_level=9)
    return logo(kept.getvalue(), alternative)


def _seen(picture: Image.Image) -> Image.Image:
    """Return where a picture leaves ink on white paper, as a mask of black and white."""
    return _on_paper(picture).point(lambda tone: 255 if tone < 255 - _INK else 0)


def _on_paper(picture: Image.Image) -> Image.Image:
    from PIL import Image

    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture).convert("L")


@functools.lru_cache(maxsize=256)
def logo(png: bytes, alternative: str) -> Logo:
    """Return a PNG that `normalise` made as a logo again."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGBA")
    tones = _on_paper(picture).histogram()
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
