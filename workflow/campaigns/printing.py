"""The documents of a letter: what they depend on, what is printed and on what, and their stored bytes."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import secrets
from typing import Any

from sqlalchemy import select

from emails.message import LARGEST
from workflow import canonical, documents, history, verify
from workflow.campaigns.lookup import locked_letter
from workflow.campaigns.roster import Roster, roster
from workflow.errors import NotFoundError
from workflow.history import SYSTEM, actions
from workflow.models import Document, Letter, Letterhead, Recipient, Rendering, new_id
from workflow.states import may
from workflow.transaction import Transaction, transaction_of
from workflow.verify import printed_names


def fingerprint(row: Letter) -> str:
    """Return what the documents depend on (hex SHA-256): the revision, the date, the names, and how they look."""
    revision, signed = row.revision, roster(transaction_of(row), row)
    content: dict[str, Any] = {
        "date": row.date.isoformat() if row.date else "",
        "paper": [row.letterhead, row.layout],
        # What is new to documents is left out where they are as they were before it.
        **({} if row.room_to_sign else {"room_to_sign": False}),
        **({"running_header": True} if row.running_header else {}),
        **({"fit_pages": row.fit_pages} if row.fit_pages else {}),
        **({"footer": footer.address} if (footer := footer_of(row)) else {}),
        # Left out while empty: fingerprints of before there was a place still hold.
        **({"place": row.place} if row.place else {}),
        "revision": revision.digest if revision else "",
    }
    # The names come last but one in the canonical order of keys, and are kept as canonical JSON: there are thousands.
    around = canonical.dumps(content).removesuffix(b"}")
    withheld = b',"withheld":%d}' % signed.withheld
    return hashlib.sha256(b"".join((around, b',"signoffs":', signed.canonical, withheld))).hexdigest()


def paper(row: Letter, recipient: Recipient) -> documents.PrintJob:
    """Return what is printed for one recipient: the frozen text and the sign-offs that count for it."""
    signed = roster(transaction_of(row), row)
    signatures = tuple(signoff.printed() for signoff in signed.printed)
    return dataclasses.replace(_unsigned(row, recipient), signatures=signatures, withheld=signed.withheld)


def _unsigned(row: Letter, recipient: Recipient) -> documents.PrintJob:
    revision = row.revision
    return documents.PrintJob(
        letter=revision.text() if revision else row.text(),
        recipient=recipient.printed(),
        date=row.date,
        place=row.place,
        signatures=(),
        layout=documents.Layout(row.layout),
        room_to_sign=row.room_to_sign,
        running_header=row.running_header,
        footer=footer_of(row),
    )


def footer_of(row: Letter) -> documents.Footer | None:
    """Return what the footers of a letter say, where they do."""
    if not row.footer_code or not row.code:
        return None
    return documents.footer_of(transaction_of(row).settings.origin, row.code, row.language)


def mail_size(paper: documents.PrintJob, docx: bytes, pdf: bytes | None) -> int:
    """Return about how many bytes a letter's mail has: its documents in base64, its text twice, and the names."""
    names = sum(len(line.encode()) for signature in paper.signatures for line in signature.lines)
    words = 3 * len(paper.letter.body.encode()) + 2 * names + 100 * len(paper.signatures)
    return (len(docx) + len(pdf or b"")) * 78 // 57 + words + 6_000


def too_large(size: int, largest: int | None) -> str:
    """
    Return why no mail of so many bytes arrives, in a sentence, or nothing where one does.

    `largest` is what the mail server takes, in bytes; None: it sets no limit, or has not said.
    """
    most = min(largest or LARGEST, LARGEST)
    if size <= most:
        return ""
    return (
        f"The email with these documents would have {size / 1024**2:.1f} MB; the mail server takes "
        f"{most / 1024**2:.1f} MB. Reopen sign-off, then choose a layout with more names on a page, or leave out logos."
    )


def renderings(session: Transaction, row: Letter) -> list[Rendering]:
    """Return the documents made for the sign-offs that count now, in the order of the recipients."""
    query = select(Rendering).where(Rendering.letter_id == row.id, Rendering.fingerprint == fingerprint(row))
    made = {rendering.recipient_id: rendering for rendering in session.scalars(query)}
    return [made[recipient.id] for recipient in row.recipients if recipient.id in made]


def keep_rendering(
    session: Transaction,
    letter_id: str,
    recipient_id: str,
    *,
    made_for: str,
    docx: bytes,
    pdf: bytes | None,
    letterhead: bytes | None = None,
    no_pdf: str = "",
    too_large: str = "",
) -> bool:
    """
    Store one recipient's documents under their SHA-256; False when the letter has changed since `made_for`.

    `letterhead` is what they are printed on, with its marks; `no_pdf` and `too_large` say what is wrong with them.
    """
    row = locked_letter(session, letter_id)
    if fingerprint(row) != made_for or not may("render", row.state):
        return False
    if any(rendering.recipient_id == recipient_id for rendering in renderings(session, row)):
        return True
    rendering = Rendering(
        id=new_id(),
        letter_id=row.id,
        recipient_id=recipient_id,
        fingerprint=made_for,
        docx_sha256=store(session, docx, documents.DOCX),
        pdf_sha256=store(session, pdf, "application/pdf") if pdf else None,
        no_pdf=no_pdf,
        too_large=too_large,
    )
    rendering.names_salt = _names_salt(session, rendering)
    rendering.names_root = printed_names.names_of(
        rendering.names_salt, printed_names.name_keys(rendering.names_salt, printed_forms(session, row))
    )
    session.add(rendering)
    sheet = None if letterhead is None else store(session, letterhead, documents.DOCX)
    history.append(session, row.id, SYSTEM, _recorded(row, rendering, sheet))
    return True


def _names_salt(session: Transaction, rendering: Rendering) -> bytes:
    """One salt for the documents that print the same names to several recipients, so that they name one tree."""
    query = select(Rendering.names_salt).where(
        Rendering.letter_id == rendering.letter_id, Rendering.fingerprint == rendering.fingerprint
    )
    return next(filter(None, session.scalars(query)), None) or secrets.token_bytes(32)


def printed_forms(session: Transaction, row: Letter) -> set[str]:
    """Return the forms under which those who are printed below a letter can be found by their names."""
    return forms_of(roster(session, row))


def forms_of(some: Roster) -> set[str]:
    """Return the forms under which those who are printed can be found by their names."""
    signed = some.printed
    alone = (printed_names.name_forms(one.name or one.organisation) for one in signed if one.individual)
    asked = (printed_names.name_forms(one.organisation, one.acronym) for one in signed if not one.individual)
    return set().union(*alone, *asked)


def _recorded(row: Letter, rendering: Rendering, letterhead: str | None) -> actions.DocumentRendered:
    revision = row.revision
    assert revision is not None
    signed = roster(transaction_of(row), row)
    signatures = [signoff.printed() for signoff in signed.printed]
    return actions.DocumentRendered(
        rendering=rendering.id,
        fingerprint=rendering.fingerprint,
        recipient=rendering.recipient_id,
        docx=rendering.docx_sha256,
        pdf=rendering.pdf_sha256,
        digest=revision.digest,
        signoffs=_in_order(signed),
        paper=[row.letterhead, row.layout],
        letterhead=letterhead,
        headings=documents.headings(signatures, documents.Layout(row.layout), row.language) or None,
        place=row.place,
        names=rendering.names_root,
        names_salt=(rendering.names_salt or b"").hex(),
    )


def _in_order(signed: Roster) -> list[int]:
    """The entries of those who are printed, in their order; then of those who are not, whose place says nothing."""
    printed = [one.sequence for one in signed.printed]
    return [*printed, *sorted({one.sequence for one in signed.counting} - set(printed))]


def store(session: Transaction, content: bytes, media_type: str) -> str:
    """Keep bytes under their SHA-256, once, and return it."""
    sha256 = hashlib.sha256(content).hexdigest()
    kept = session.get(Document, sha256)
    if kept is None:
        session.add(Document(sha256=sha256, media_type=media_type, content=content))
        session.flush()
    elif not kept.content:
        kept.content = content  # Erased once; somebody gives it anew.
        session.flush()
    return sha256


def printing(
    session: Transaction, row: Letter, recipient: Recipient
) -> tuple[documents.PrintJob, documents.Letterhead]:
    """Return all that one recipient's document is made of: what is printed, and on which letterhead."""
    bare = paper(row, recipient)
    whole = dataclasses.replace(bare, logos=logos_of(session, row), signed_by_hand=signed_by_hand(session, row))
    return whole, letterhead_of(session, row, american=bare.for_the_united_states)


def letterhead_of(session: Transaction, row: Letter, *, american: bool) -> documents.Letterhead:
    """Return the letterhead that a letter is printed on, compiled."""
    if row.letterhead in documents.BUILT_IN:
        return documents.built_in(row.letterhead, documents.US_LETTER if american else documents.A4)
    own = own_letterhead(session, row, row.letterhead)
    return _compiled(session.get_one(Document, own.docx_sha256).content)


def letterheads_printed(session: Transaction, row: Letter) -> list[bytes]:
    """
    Return what a letter is printed on, with its marks: one for A4, one for US Letter where a recipient has that.

    Where it is to fit into so many pages, they are there in each degree of tightness.
    """
    sizes = dict.fromkeys(_unsigned(row, recipient).for_the_united_states for recipient in row.recipients)
    steps = range(len(documents.STEPS)) if row.fit_pages else (0,)
    sheets = [letterhead_of(session, row, american=american) for american in sizes]
    made = (
        documents.blank(s, running_header=row.running_header, tightness=t, footer=footer_of(row))
        for s in sheets
        for t in steps
    )
    return list(dict.fromkeys(made))


def letterhead_says(session: Transaction, row: Letter) -> list[str]:
    """Return what the letterhead itself prints around a letter, place by place, as the evidence will tell it."""
    said = [_said(sheet) for sheet in letterheads_printed(session, row)]
    return list(dict.fromkeys(words for one in said for words in one))


@functools.lru_cache(maxsize=32)
def _said(sheet: bytes) -> tuple[str, ...]:
    return tuple(verify.letterhead_words(sheet))


@functools.lru_cache(maxsize=16)
def _compiled(source: bytes) -> documents.Letterhead:
    return documents.compile_letterhead(source).letterhead


def logos_of(session: Transaction, row: Letter) -> tuple[documents.Logo, ...]:
    """Return the logos of those who are printed, in their order."""
    return tuple(
        documents.logo(_content(session, one.logo_sha256), f"Logo of {one.organisation}")
        for one in roster(session, row).printed
        if one.logo_sha256
    )


def signed_by_hand(session: Transaction, row: Letter) -> tuple[tuple[int, documents.Logo], ...]:
    """Return the images of signatures, each with the position of its signature."""
    return tuple(
        (number, documents.logo(_content(session, signoff.image_sha256), f"Signature of {signoff.name}"))
        for number, signoff in enumerate(roster(session, row).printed)
        if signoff.image_sha256
    )


def _content(session: Transaction, sha256: str) -> bytes:
    return session.get_one(Document, sha256).content


def letterheads(session: Transaction, row: Letter) -> list[Letterhead]:
    """Return the campaign's own letterheads, oldest first."""
    query = select(Letterhead).where(Letterhead.campaign_id == row.campaign_id).order_by(Letterhead.created_at)
    return list(session.scalars(query))


def own_letterhead(session: Transaction, row: Letter, letterhead_id: str) -> Letterhead:
    """Return one of the campaign's own letterheads; raises `NotFoundError`."""
    found = next((own for own in letterheads(session, row) if own.id == letterhead_id), None)
    if found is None:
        raise NotFoundError("There is no such letterhead.")
    return found
