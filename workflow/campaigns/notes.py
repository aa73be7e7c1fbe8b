"""The coordinator's own paragraph in the emails of one act: plain text, for each language of its readers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from workflow import history
from workflow.campaigns.lookup import locked_letter
from workflow.errors import InputError, RefusedError
from workflow.history import Actor, actions
from workflow.languages import LANGUAGES, Words, lazy_gettext
from workflow.letter import typed
from workflow.models import Letter, Note, new_id
from workflow.states import check
from workflow.transaction import Transaction

NO_WORDS: Mapping[str, str] = MappingProxyType({})
"""No paragraph of one's own."""

PERSONAL_LINK = lazy_gettext(
    "This has somebody’s personal link in it, and everybody would get it. Leave it out: each "
    "email has its reader’s own."
)


def kept(words: Mapping[str, str], public_url: str) -> dict[str, str]:
    """Return a paragraph by language as it is kept, without the empty ones; raises `InputError`, field by field."""
    found: dict[str, str] = {}
    wrong: dict[str, Words] = {}
    for language in LANGUAGES:
        try:
            said = typed.block(words.get(language, ""), typed.NOTE)
            check_no_link(said, public_url)
        except RefusedError as refused:
            wrong[f"note_{language}"] = refused.reasons[0]
        else:
            found |= {language: said} if said else {}
    if wrong:
        raise InputError(**wrong)
    return found


def check_no_link(said: str, public_url: str) -> None:
    """Raise `RefusedError` for words that hold a link which opens one organisation's invitation, or signs staff in."""
    host = public_url.rpartition("//")[2].casefold()
    found = said.casefold()
    if any(f"{host}/{path}/" in found for path in ("s", "stop", "sign-in", "a")):
        raise RefusedError(PERSONAL_LINK)


def write(session: Transaction, letter_id: str, words: Mapping[str, str], actor: Actor) -> Letter:
    """Keep a paragraph that is still being written; nobody is sent it, and nothing of it goes on the record."""
    row = locked_letter(session, letter_id)
    check("write_note", row.state)
    row.note_draft = kept(words, session.settings.public_url)
    return row


def add(session: Transaction, row: Letter, act: str, words: Mapping[str, str], actor: Actor) -> str:
    """
    Put a paragraph on the record, for the emails of an act on a letter whose row is locked; returns its id.

    Empty where nothing is said. What was being written is written now. Raises `InputError`.
    """
    said = kept(words, session.settings.public_url)
    if row.note_draft:
        row.note_draft = {}
    if not said:
        return ""
    note = Note(id=new_id(), letter_id=row.id, act=act, words=said)
    session.add(note)
    history.append(session, row.id, actor, actions.NoteAdded(note=note.id, act=act, words=said))
    return note.id
