"""What the footers of a letter say, so that anybody can ask whether it is genuine: an address, a code, a QR code."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass

from workflow.documents.writing.phrases import genuine_words
from workflow.languages import direction
from workflow.letter import code as codes

_SCALE, _QUIET = 6, 4


@dataclass(frozen=True, slots=True)
class Footer:
    """What the footers of a letter say."""

    words: str
    """In the letter's language."""
    address: str
    """Where to ask, and the code, as people read them."""
    link: str
    """What the QR code leads to."""
    right_to_left: bool = False


def footer_of(origin: str, code: str, language: str) -> Footer:
    """Return what the footers of a letter say, from the public address, its code and its language."""
    shown = f"{origin.partition('://')[2]}/genuine · {codes.shown(code)}"
    return Footer(genuine_words(language), shown, f"{origin}/genuine/{code}", direction(language) == "rtl")


@functools.lru_cache(maxsize=64)
def qr_code(link: str) -> bytes:
    """Return the QR code that leads to an address, as a PNG: the same bytes for the same address."""
    import segno  # takes its time, and most letters have none

    made = io.BytesIO()
    segno.make(link, error="m", micro=False, boost_error=False).save(made, kind="png", scale=_SCALE, border=_QUIET)
    return made.getvalue()
