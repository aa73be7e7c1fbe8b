"""
An upload drawn anew as a clean PNG, in a process of its own that may take so long and so much and no more.

Decoders and drawers are other people's code on hostile bytes: whatever such a file costs ends with that process. It
runs this file alone, and imports nothing else of the product.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

SECONDS = 1
"""Of the processor's time, with the start of the process; what people give takes a third of it."""
PATIENCE = 10
"""Seconds on the clock, on a machine that is busy."""
MEMORY = 700_000_000
"""Of address space; what is really used stays far below."""
WIDEST, TALLEST = 1200, 800
"""In pixels, of what is kept: 300 dpi at the largest size that a logo is printed in."""
_INK = 24
"""How far from white, of 255, a pixel must be to be seen on paper."""
_EMPTY = 3
"""What the process ends with where there is nothing to see."""


class NotDrawnError(ValueError):
    """The file is damaged, or costs more than a picture may."""


class NothingToSeeError(NotDrawnError):
    """The picture is empty, or white on white."""


def drawn(upload: bytes) -> bytes:
    """
    Return a PNG, JPEG or SVG as a PNG: turned upright, cut to what is drawn, of 1,200 by 800 pixels at most.

    Raises `NothingToSeeError` and `NotDrawnError`.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", __file__], input=upload, capture_output=True, timeout=PATIENCE, check=False,
            env={"PATH": os.environ.get("PATH", "")},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotDrawnError from None
    if done.returncode == _EMPTY:
        raise NothingToSeeError
    if done.returncode or not done.stdout.startswith(b"\x89PNG"):
        raise NotDrawnError
    return done.stdout


def on_paper(picture: Image.Image) -> Image.Image:
    """Return a picture as it looks on white paper, in grey."""
    from PIL import Image

    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture).convert("L")


def _draw() -> int:
    """Draw what comes in to what goes out; run in the process of its own."""
    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    upload = sys.stdin.buffer.read()
    if not upload.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        upload = _from_svg(upload)
    picture = _opened(upload)
    seen = on_paper(picture).point(lambda tone: 255 if tone < 255 - _INK else 0).getbbox()
    if seen is None:
        return _EMPTY
    _keep(picture.crop(seen))
    return 0


def _from_svg(drawing: bytes) -> bytes:
    import resvg_py

    words = drawing.decode("utf-8-sig")
    return bytes(resvg_py.svg_to_bytes(svg_string=words, width=WIDEST, height=TALLEST, dpi=96.0))


def _opened(upload: bytes) -> Image.Image:
    from PIL import Image, ImageOps

    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    opened = Image.open(io.BytesIO(upload), formats=("PNG", "JPEG"))
    opened.draft("RGB", (WIDEST, TALLEST))
    return ImageOps.exif_transpose(opened).convert("RGBA")


def _keep(picture: Image.Image) -> None:
    from PIL import Image

    picture.thumbnail((WIDEST, TALLEST), Image.Resampling.LANCZOS)
    kept = io.BytesIO()
    picture.save(kept, "PNG", compress_level=9)
    sys.stdout.buffer.write(kept.getvalue())


if __name__ == "__main__":
    sys.exit(_draw())
