"""
An SVG drawing as a PNG, drawn by resvg in a process of its own that may take so long and so much and no more.

A drawing can name files, and can be a bomb of elements that use each other; neither gets beyond that process.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys

SECONDS = 4
MEMORY = 700_000_000
"""Of address space; what is really used stays far below."""
WIDTH = 1200
_OUTSIDE = re.compile(
    rb"""<!DOCTYPE|<!ENTITY|<script|<foreignObject|@import|href\s*=\s*["'](?!\#|data:image/(?:png|jpe?g);base64,)|url\(\s*["']?(?!\#)""",
    re.IGNORECASE,
)


class SvgRefused(ValueError):
    """A drawing that is not drawn; the sentence says why, and what to do."""


def png(drawing: bytes) -> bytes:
    """Return the drawing as a PNG, up to 1,200 pixels wide. Raises SvgRefused."""
    if _OUTSIDE.search(drawing) or b"\0" in drawing:
        raise SvgRefused(
            "The drawing refers to something outside of it, or holds a program. Save it as plain SVG, or as a PNG."
        )
    try:
        drawn = subprocess.run(
            [sys.executable, "-I", __file__], input=drawing, capture_output=True, timeout=SECONDS * 2, check=False,
            env={"PATH": os.environ.get("PATH", "")},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        drawn = None
    if drawn is None or drawn.returncode or not drawn.stdout.startswith(b"\x89PNG"):
        raise SvgRefused("The drawing could not be drawn: it is damaged, or too intricate. Save the logo as a PNG.")
    return drawn.stdout


def _draw() -> None:
    import resvg_py

    with contextlib.suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    drawing = sys.stdin.buffer.read().decode("utf-8-sig")
    sys.stdout.buffer.write(bytes(resvg_py.svg_to_bytes(svg_string=drawing, width=WIDTH)))


if __name__ == "__main__":
    _draw()
