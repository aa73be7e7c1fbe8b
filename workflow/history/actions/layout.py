"""How a letter is printed, and what was made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from workflow.history.action import Action, Committed, Personal, action


@action("letterhead.added", "setting", "Added a letterhead")
class LetterheadAdded(Action):
    letterhead: str
    docx: str


@action("paper.chosen", "setting", "Changed the layout")
class PaperChosen(Action):
    letterhead: str
    layout: str
    ordering: str
    room_to_sign: bool | None = None
    """These three are not said by entries of before there was a choice: it was as it was."""
    running_header: bool | None = None
    fit_pages: int | None = None
    footer_code: bool = False


@action("organisation.logo", "setting", "Set the logo of {who}")
class LogoSet(Action):
    invitation: str
    code: str = ""
    png: Personal
    """Committed to, for a known logo has a known digest: it would name an organisation whose name is withheld."""


@action("organisation.renamed", "setting", "Corrected the name of {who} on the letter")
class OrganisationRenamed(Action):
    invitation: str
    organisation_name: Annotated[str, Committed("organisation")]
    acronym: Personal


@action("document.rendered", "decision", "Made the document, with {names}")
class DocumentRendered(Action):
    rendering: str
    fingerprint: str
    recipient: str
    docx: str
    pdf: str | None
    digest: str
    signoffs: Sequence[int]
    paper: Sequence[str]
    letterhead: str | None = None
    headings: Annotated[Sequence[str] | None, Committed()] = None
    place: Personal = ""
    names: str = ""
    """The sorted tree of the names printed (`verify.printed_names`), with its salt; not in entries of before it."""
    names_salt: Personal = ""
