"""
Whether a letter is genuine, for anybody who asks: by its code, by a document's fingerprint, by a document's words.

Only what was sent is known here. Of everything else, whether it is a draft, an approved letter or no letter at all, the
answer is the same; and nothing is said of a letter that the letter itself does not say.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, select

from workflow import canonical, history, merkle
from workflow.campaigns import addenda
from workflow.campaigns.afterwards import withdrawn
from workflow.campaigns.printing import printed_forms
from workflow.campaigns.received import Compared, ReceivedWords, compare_received, read_received
from workflow.campaigns.roster import NOBODY, late, roster
from workflow.errors import NotFoundError
from workflow.history import Entry, actions
from workflow.history.audit.erased import ERASED
from workflow.letter import text as texts
from workflow.models import Addendum, Document, Letter, LogEntry, Recipient, Rendering
from workflow.transaction import Transaction
from workflow.verify import printed_names
from workflow.verify.one_name import ONE_NAME

MOST_LIKELY = 3
"""With so many letters the words of a document are compared, where neither code nor fingerprint tells which it is."""
MOST_LINES = 60
"""Among so many of its first lines the subject is looked for."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter that was sent, with the entries that say so."""

    letter: Letter
    dispatch: Entry
    rendered: tuple[Entry, ...]
    """Of each document that was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What anybody may know of a letter that was sent."""

    sent_at: datetime
    subject: str
    language: str
    recipients: tuple[str, ...]
    """Each as it is printed, in one line, without the postal address."""
    organisations: int
    """How many signed, those too whose names are withheld."""
    individuals: int
    withheld: int
    names: tuple[str, ...]
    """As they are printed, in order; of an erased letter there are none."""
    people: tuple[str, ...]
    erased: bool
    withdrawn_since: int
    withdrawn: tuple[tuple[str, datetime], ...]
    """Of those the ones that may be named, as they are printed, each with when it withdrew."""
    added_since: int
    """How many signed after it was sent, and are on its addendum; none before that was sent."""
    added: tuple[str, ...]
    """Of those the ones that may be named, as they are printed."""
    added_at: datetime | None
    """When the addendum was sent."""
    newer: datetime | None
    """When a later letter of the same campaign went to one of the same recipients."""
    shows_names: bool
    """Whether it can be shown of a name that it is not there."""


# --- which letter -----------------------------------------------------------------------------------------------------


def by_code(session: Transaction, code: str) -> Sent | None:
    """Return the letter that was sent and bears this code."""
    return _sent(session, session.scalars(select(Letter).where(Letter.code == code)).first())


def by_fingerprint(session: Transaction, sha256: str) -> tuple[Sent, Rendering] | None:
    """Return the letter that a document was sent with, by its SHA-256, and which document it is."""
    if session.scalar(select(Document.sha256).where(Document.sha256 == sha256)) is None:
        return None
    query = select(Rendering).where((Rendering.docx_sha256 == sha256) | (Rendering.pdf_sha256 == sha256))
    for made in session.scalars(query.order_by(Rendering.created_at).limit(20)):
        sent = _sent(session, session.get(Letter, made.letter_id))
        if sent is not None and made.id in {one.about.get("rendering") for one in sent.rendered}:
            return sent, made
    return None


def addendum_by_fingerprint(session: Transaction, sha256: str) -> Sent | None:
    """Return the letter whose addendum was sent as a document, by its SHA-256."""
    if session.scalar(select(Document.sha256).where(Document.sha256 == sha256)) is None:
        return None
    sent = select(Addendum).where(Addendum.sent_at.is_not(None), cast(Addendum.documents, Text).contains(sha256))
    for kept in session.scalars(sent.limit(20)):
        if any(sha256 in (one.get("docx"), one.get("pdf")) for one in kept.documents.values()):
            return _sent(session, session.get(Letter, kept.letter_id))
    return None


def likely(session: Transaction, lines: Sequence[str]) -> list[Sent]:
    """Return the letters that were sent and whose subject is one of these lines, newest first."""
    subjects = [line for line in lines[:MOST_LINES] if len(line) > 3]
    query = select(Letter).where(Letter.subject.in_(subjects), Letter.has_gone_out)
    found = session.scalars(query.order_by(Letter.created_at.desc()).limit(MOST_LIKELY)) if subjects else ()
    return [sent for row in found if (sent := _sent(session, row)) is not None]


def _sent(session: Transaction, row: Letter | None) -> Sent | None:
    if row is None or not row.has_gone_out:
        return None
    query = select(LogEntry.sequence).where(
        LogEntry.letter_id == row.id,
        LogEntry.action.in_((actions.LetterDispatched.NAME, actions.DocumentRendered.NAME)),
    )
    found = history.entries_at(session, row.id, list(session.scalars(query)))
    dispatched = [one for one in found.values() if one.action == actions.LetterDispatched.NAME]
    if not dispatched:
        return None
    dispatch = max(dispatched, key=lambda one: one.sequence)
    newest = {
        (one.about["docx"], one.about["recipient"]): one
        for _, one in sorted(found.items())
        if one.action == actions.DocumentRendered.NAME and one.about["docx"] in dispatch.about["documents"]
    }
    return Sent(row, dispatch, tuple(newest.values()))


# --- what is said of it -----------------------------------------------------------------------------------------------


def answer(session: Transaction, sent: Sent) -> Answer:
    """Return what anybody may know of a letter that was sent."""
    row, signed = sent.letter, roster(session, sent.letter)
    then = set(sent.rendered[0].about["signoffs"]) if sent.rendered else set()
    erased = row.erased_at is not None
    gone = [] if erased else withdrawn(session, row)
    since = [one for one in gone if not one.invitation.confidential]
    addendum = None if erased else addenda.of(session, row)
    added_at = addendum.sent_at if addendum is not None else None
    more = late(session, row) if added_at else NOBODY
    printed = () if erased else signed.printed
    people = sum(one.individual for one in signed.counting)
    return Answer(
        sent_at=sent.dispatch.at,
        subject=row.subject,
        language=row.language,
        recipients=tuple(in_a_line(one) for one in row.recipients),
        organisations=len(then) - (0 if erased else people),
        individuals=0 if erased else people,
        withheld=0 if erased else signed.withheld,
        names=tuple(_printed(one.printed()) for one in printed if not one.individual),
        people=tuple(_printed(one.printed()) for one in printed if one.individual),
        erased=erased,
        withdrawn_since=len(gone),
        withdrawn=tuple((_printed(one.printed()), one.withdrawn_at) for one in since if one.withdrawn_at),
        added_since=len(more.counting),
        added=tuple(_printed(one.printed()) for one in more.printed),
        added_at=added_at,
        newer=_newer(session, sent),
        shows_names=not erased and all(one.about.get("names") for one in sent.rendered),
    )


def _printed(signature: texts.Signature) -> str:
    """The organisation, or whoever signed in their own name, as it is printed."""
    return signature.lines[-1] if not signature.individual else signature.lines[0]


def in_a_line(recipient: Recipient) -> str:
    """Return a recipient as it is printed, in one line, without its postal address."""
    return ", ".join(filter(None, (recipient.name, recipient.title, recipient.office)))


def _newer(session: Transaction, sent: Sent) -> datetime | None:
    """When a later letter of the campaign went to one of these recipients."""
    whom = {_known_as(one) for one in sent.letter.recipients} - {""}
    query = (
        select(Letter)
        .where(Letter.campaign_id == sent.letter.campaign_id, Letter.has_gone_out, Letter.id != sent.letter.id)
        .order_by(Letter.created_at.desc())
        .limit(20)
    )
    for row in session.scalars(query):
        later = _sent(session, row) if whom & {_known_as(one) for one in row.recipients} else None
        if later is not None and later.dispatch.at > sent.dispatch.at:
            return later.dispatch.at
    return None


def _known_as(recipient: Recipient) -> str:
    return texts.folded(recipient.name, recipient.office)


# --- its words --------------------------------------------------------------------------------------------------------


def compare(session: Transaction, sent: Sent, received: ReceivedWords) -> Compared | None:
    """
    Hold what a document says against the letter that was sent, whichever recipient's is most like it.

    None where none of them can be read. Raises `ReadingBusyError` where too many are read just now.
    """
    best: Compared | None = None
    for one in sent.rendered[:MOST_LIKELY]:
        words = _words_sent(session, one.about["docx"])
        if words is not None:
            found = compare_received(words, received)
            best = found if best is None or found.alike > best.alike else best
    return best


def _words_sent(session: Transaction, sha256: str) -> ReceivedWords | None:
    stored = session.get(Document, sha256)
    try:
        return None if stored is None else _read(sha256, bytes(stored.content))
    except LookupError:
        return None


@functools.lru_cache(maxsize=16)
def _read(sha256: str, content: bytes) -> ReceivedWords:
    """Raises `LookupError` where it cannot be read: on a machine that is busy it may be, the next time."""
    if (found := read_received(content)) is None:
        raise LookupError(sha256)
    return found


# --- one name ---------------------------------------------------------------------------------------------------------


def prints(session: Transaction, sent: Sent, name: str) -> bool | None:
    """Whether a name is among those that are printed; None where that is not known: one of them was erased."""
    forms = printed_forms(session, sent.letter)
    if (wanted := printed_names.folded_name(name)) in forms and wanted != printed_names.folded_name(ERASED):
        return True
    return None if printed_names.folded_name(ERASED) in forms else False


def one_name(session: Transaction, sent: Sent, name: str) -> bytes:
    """
    Return the file that shows whether a name is among those printed (docs/history.md), and no other name.

    Raises `NotFoundError` where that cannot be shown.
    """
    wanted = printed_names.folded_name(name)
    if not wanted:
        raise NotFoundError("There is no name in this.")
    shown = [_shown(session, sent, rendered, wanted) for rendered in sent.rendered]
    said = {
        "format": ONE_NAME,
        "letter": sent.letter.id,
        "name": name,
        "vkey": history.vkey_of(session, sent.letter.id),
        "dispatch": _with_proof(session, sent.letter.id, sent.dispatch.sequence),
        "documents": shown,
    }
    return canonical.dumps(said) + b"\n"


def _shown(session: Transaction, sent: Sent, rendered: Entry, wanted: str) -> dict[str, object]:
    made = session.get(Rendering, str(rendered.about.get("rendering")))
    salt = bytes(made.names_salt or b"") if made is not None else b""
    keys = printed_names.name_keys(salt, printed_forms(session, sent.letter)) if salt else []
    if not salt or printed_names.names_of(salt, keys) != rendered.about.get("names"):
        raise NotFoundError("The names of this letter cannot be shown one by one.")
    key = printed_names.name_key(salt, wanted)
    place = sum(one < key for one in keys)
    around = [place] if key in keys else [at for at in (place - 1, place) if 0 <= at < len(keys)]
    tree = merkle.Tree([merkle.leaf_hash(one) for one in keys])
    leaves = [{"index": at, "key": keys[at].hex(), "path": [one.hex() for one in tree.path(at)]} for at in around]
    root = printed_names.names_root(keys)
    facts = {"salt": salt.hex(), "size": len(keys), "root": root.hex(), "leaves": leaves}
    return _with_proof(session, sent.letter.id, rendered.sequence) | facts


def _with_proof(session: Transaction, letter_id: str, sequence: int) -> dict[str, object]:
    query = select(LogEntry.entry).where(LogEntry.letter_id == letter_id, LogEntry.sequence == sequence)
    entry = bytes(session.scalars(query).one()).decode()
    return {"entry": entry, "proof": history.proof(session, letter_id, sequence)}
