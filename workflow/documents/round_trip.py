"""
A last look at a rendered letter before it is stored: read back by python-docx, which had no part in writing it.

Checks whom it is addressed to and whose names stand below it, for a name printed without consent is past mending.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from workflow.documents.writing.phrases import individuals_heading, withheld_line
from workflow.documents.writing.print_job import PrintJob
from workflow.documents.writing.signatories import LEFT_TO_RIGHT_MARK, Layout, by_country, chosen
from workflow.documents.writing.wordml import W, printable
from workflow.errors import RoundTripError
from workflow.letter import text


def check_round_trip(docx: bytes, job: PrintJob) -> None:
    """Check a document against what was to be printed; raises `RoundTripError` when they differ."""
    from docx import Document

    body = Document(io.BytesIO(docx)).element.body
    addressed = "".join(_marked(body, "_Recipient"))
    if addressed != _bare("".join(job.recipient.lines)):
        raise RoundTripError(f"The document is addressed otherwise than the letter: {addressed}.")
    found, meant = _marked(body, "_Signatories"), _meant(job)
    if found != meant:
        odd = set(found).symmetric_difference(meant) or "their order"
        raise RoundTripError(f"The document prints other signatories than have signed. Look at: {odd}.")


def _meant(job: PrintJob) -> list[str]:
    """What is to stand below the letter, paragraph by paragraph."""
    asked = [one for one in job.signatures if not one.individual]
    people = [one for one in job.signatures if one.individual]
    if job.layout is Layout.BY_COUNTRY:
        lines = [
            line
            for country, theirs in by_country(asked, job.language)
            for line in (country, *(", ".join(one.lines) for one in theirs))
        ]
    else:
        lines = _listed(job, asked)
    lines.append(withheld_line(job.withheld, job.language))
    if people:
        lines += [individuals_heading(job.language), *_listed(job, people)]
    return [bare for line in lines if (bare := _bare(line))]


def _listed(job: PrintJob, some: Sequence[text.Signature]) -> list[str]:
    suits = chosen(job.layout, len(some), room_to_sign=job.room_to_sign, tightness=job.tightness)
    joint = ", " if suits in (Layout.COMPACT, Layout.BY_COUNTRY) else ""
    return [joint.join(one.lines) for one in some]


def _marked(body: Any, name: str) -> list[str]:
    """The words of every paragraph between the ends of a bookmark, in order, those in tables too."""
    found: list[str] = []
    number = None
    for element in body.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd", f"{W}p"):
        if element.tag == f"{W}bookmarkStart" and element.get(f"{W}name") == name:
            number = element.get(f"{W}id")
        elif element.tag == f"{W}bookmarkEnd" and element.get(f"{W}id") == number:
            number = None
        elif element.tag == f"{W}p" and number is not None:
            found.append(_bare(element.text))
    return [words for words in found if words]


def _bare(words: str) -> str:
    """The words alone, as both sides can be compared: normalised, without blanks and what XML cannot hold."""
    return "".join(printable(text.clean_line(words)).replace(LEFT_TO_RIGHT_MARK, "").split())
