"""
The report that goes along with the evidence: what the history tells, in plain words, as HTML and as a Word document.

It is built from what the evidence holds (`Held`), so it says nothing that the evidence does not.
"""

from __future__ import annotations

from workflow.history.report import html, word
from workflow.history.report.saying import Saying, language_of
from workflow.history.report.telling import Held, read

__all__ = ["HTML", "WORD", "Held", "files"]

HTML, WORD = "report.html", "report.docx"


def files(held: Held) -> dict[str, bytes]:
    """Return both files of the report by name; the same evidence gives the same bytes."""
    story = read(held)
    document = Saying(story, language_of(story)).document()
    return {HTML: html.written(document), WORD: word.written(document)}
