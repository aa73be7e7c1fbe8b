"""
A last look at a rendered letter before it is stored: read back by python-docx, which had no part in writing it.

Checks whom it is addressed to and whose names stand below it, for a name printed without consent is past mending.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from workflow import text
from workflow.documents.markup import printable
from workflow.documents.paper import Paper

SIGNATURES = ("Signature", "SignatureListed")
ADDRESS = ("InsideAddress",)
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class Misprint(RuntimeError):
    """The document does not say what it should; it must not be stored or sent."""


def proofread(docx: bytes, paper: Paper) -> None:
    """Check a document against what was to be printed; raises `Misprint` when they differ."""
    from docx import Document

    body = Document(io.BytesIO(docx)).element.body
    addressed, signed = _set_in(body, ADDRESS), _set_in(body, SIGNATURES)
    if "".join(addressed) != _bare("".join(paper.recipient.lines)):
        raise Misprint(f"The document is addressed otherwise than the letter: {addressed}.")
    meant = [bare for signature in paper.signatures if (bare := _bare("".join(signature.lines)))]
    if signed != meant:
        odd = set(signed).symmetric_difference(meant) or "their order"
        raise Misprint(f"The document prints other signatories than have signed. Look at: {odd}.")


def _set_in(body: Any, styles: Sequence[str]) -> list[str]:
    """The words of every paragraph in one of these styles, in order, those in tables too."""
    found = (p.text for p in body.iter(f"{_WORD}p") if p.style in styles)
    return [bare for words in found if (bare := _bare(words))]


def _bare(words: str) -> str:
    """The words alone, as both sides can be compared: normalised, without blanks and what XML cannot hold."""
    return "".join(printable(text.clean_line(words)).split())
