"""What is kept, erased, and taken along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from workflow.history.action import Action, Committed, Personal, action
from workflow.languages import marked


@action("letter.held", "setting", "Put the letter under a legal hold: nothing of it is erased")
class LetterHeld(Action):
    reason: Personal


@action("letter.released", "setting", "Lifted the legal hold")
class LetterReleased(Action):
    pass


@action("person.erased", "decision", "Erased somebody’s personal data")
class PersonErased(Action):
    """What opened these entries is gone, and what their columns held; the rest of what they said is said again."""

    entries: Sequence[int]
    ground: str
    """A key of `erasure.GROUNDS`."""
    deliveries: Sequence[str] = ()
    """Emails to this person: their addresses and their bytes are gone."""
    mails: Sequence[str] = ()
    """Emails to others in which this person is named: their bytes are gone."""
    documents: Sequence[str] = ()
    """SHA-256 of stored bytes that are gone: images of signatures, and documents where that was asked for."""
    kept: Annotated[Mapping[str, Any] | None, Committed(each=True)] = None
    """By the number of an entry, what it said besides."""


@action("letter.erased", "decision", "Erased the letter: texts, documents, names, addresses, comments and emails")
class LetterErased(Action):
    """Two entries: the first before anything goes, the one that says `done` when everything is gone."""

    ground: str
    done: bool = False


@action("history.exported", "setting", "Took entries of this history along as a file")
class HistoryExported(Action):
    what: str
    """`history`; `agreed`: who agreed to what; `evidence` of the letter; `signoff`: the evidence of one sign-off."""
    form: str
    show: str
    rows: int
    first: int = 0
    end: int | None = None
    link: str | None = None
    """By which link to read it was, where it was by one."""
    invitations: int | None = None
    """How many organisations it was narrowed to."""
    search: Personal = ""
    organisation: Personal = ""

    @classmethod
    def sentence(cls, about: Mapping[str, Any]) -> str:
        """Say what it was."""
        said = {
            "agreed": marked("Took the list of who agreed to what along as a file"),
            "evidence": marked("Took the evidence of this letter along as a file"),
            "signoff": marked("Took the evidence of one sign-off along as a file"),
        }
        return said.get(about.get("what", ""), cls.SENTENCE)
