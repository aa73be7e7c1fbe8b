"""
An organisation's own ledger: everything that was signed, declined or taken back from one address, with the proofs.

A link of one letter may have been passed on, so it never opens this: it has another link mailed to the contact, which
opens the list alone, for an hour, and only for as long as that address is a contact's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CompoundSelect, Select, exists, func, or_, select, union_all
from sqlalchemy.orm import selectinload

from emails.addresses import spellings
from emails.errors import HeaderError
from workflow.history import evidence, one_signoff, report
from workflow.history.report.blocks import Document, Heading, Paragraph, Run, Table, plain
from workflow.languages import Words, in_zone, lazy_gettext, translate
from workflow.mails import ledger as mail
from workflow.models import Invitation, InvitationContact, LedgerLink, Letter, Link, Signoff, now
from workflow.tokens import hash_token
from workflow.transaction import Transaction, lock_letter
from workflow.verify.standalone import standalone

LASTS = timedelta(hours=1)
MOST_AN_HOUR = 5
MOST = 200
"""So many letters are listed, the newest; whoever has signed more asks the coordinators."""

README = """\
Everything that was signed, declined or taken back from one email address

letters/        for each letter a zip, with its report, and the proofs of each entry; index.html lists them
verify.py       checks any of them (Python 3.9 or later, nothing to install, no network):

    python3 verify.py letters/01-....zip --vkey KEY --receipt receipt.eml

KEY is in every receipt that came by email. In each zip there is a README.txt that says more.
"""


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, and when, in words."""

    what: Words
    at: str


@dataclass(frozen=True, slots=True)
class Part:
    """What was done of one letter."""

    invitation_id: str
    letter_id: str
    subject: str
    language: str
    organisation: str
    deeds: tuple[Deed, ...]
    signoff: int | None
    """The entry of the last sign-off, if there is one."""
    file: str
    """Its name in the zip."""


# --- the link ---------------------------------------------------------------------------------------------------------


def is_known(session: Transaction, email: str) -> bool:
    """Whether an address is a contact of an invitation that was ever sent, however it is spelt."""
    return session.execute(_asked(email)).first() is not None


def _asked(email: str) -> Select[str, str]:
    was_sent = exists().where(Link.invitation_id == Invitation.id)
    newest = select(Invitation.id, Invitation.letter_id).join(Letter, Letter.id == Invitation.letter_id)
    newest = newest.where(Invitation.id.in_(_of(email)), was_sent)
    return newest.order_by(Letter.created_at.desc(), Invitation.id).limit(1)


def _of(email: str) -> CompoundSelect[str]:
    """The invitations whose contact reads at an address: the first, one beside it, or who confirmed a signature."""
    spelt, other = spellings(email), InvitationContact
    return union_all(
        select(Invitation.id).where(func.lower(Invitation.email).in_(spelt)),
        select(other.invitation_id).where(func.lower(other.email).in_(spelt), other.removed_at.is_(None)),
        select(Link.invitation_id).where(func.lower(Link.email).in_(spelt), *_confirmed()),
    )


def _confirmed() -> tuple[ColumnElement[bool], ...]:
    """The links by which somebody confirmed what another had proposed, as long as they live."""
    given = exists().where(Signoff.link_id == Link.id)
    return Link.purpose == "confirm", Link.revoked_at.is_(None), given


def _readers(session: Transaction, invitation: Invitation) -> list[str]:
    """The addresses of all for whom an invitation counts."""
    confirmed = session.scalars(select(Link.email).where(Link.invitation_id == invitation.id, *_confirmed()))
    return [invitation.email, *(one.email for one in invitation.others), *confirmed]


def send(session: Transaction, email: str) -> None:
    """Mail a link to an address, as a contact of its newest invitation; does nothing where enough were mailed."""
    found = session.execute(_asked(email)).first()
    if found is None or lock_letter(session, found.letter_id) is None:
        return
    invitation = session.get_one(Invitation, found.id, populate_existing=True)
    to = next((one for one in _readers(session, invitation) if one and _folded(one) == _folded(email)), "")
    if not to:
        return
    address = _folded(to)
    keyed = session.tokens.keyed("ledger", address)
    living = select(func.count()).where(LedgerLink.address == keyed, LedgerLink.expires_at > now())
    if (session.scalar(living) or 0) >= MOST_AN_HOUR:
        return
    nonce = secrets.token_hex(16)
    token_hash = hash_token(session.tokens.ledger_links(nonce)[0])
    session.add(LedgerLink(token_hash=token_hash, invitation_id=invitation.id, address=keyed, expires_at=now() + LASTS))
    session.flush()
    mail.queue(session, invitation, to, nonce)


def _folded(email: str) -> str:
    """Return an address as all of its spellings are one; empty for none."""
    try:
        return spellings(email)[-1]
    except HeaderError:
        return ""


def address_of(session: Transaction, token_hash: str) -> str:
    """Return the address that a link opens; empty where it has ended, or no contact has that address any more."""
    link = session.get(LedgerLink, token_hash) if token_hash else None
    if link is None or link.expires_at <= now():
        return ""
    readers = map(_folded, _readers(session, session.get_one(Invitation, link.invitation_id)))
    theirs = (one for one in readers if one and session.tokens.has_keyed(link.address, "ledger", one))
    return next(theirs, "")


def was_sent(session: Transaction, token_hash: str) -> bool:
    """Whether a link was mailed in these days: who shows one that has ended is late, and no guesser."""
    return session.get(LedgerLink, token_hash) is not None


# --- what it opens ----------------------------------------------------------------------------------------------------


def parts(session: Transaction, address: str, language: str) -> list[Part]:
    """Return what was done by the organisations whose contact reads at an address, the newest letter first."""
    signed = exists().where(Signoff.invitation_id == Invitation.id)
    query = select(Invitation).join(Letter, Letter.id == Invitation.letter_id)
    query = query.where(Invitation.id.in_(_of(address)))
    query = query.where(or_(Invitation.answered_at.is_not(None), signed))
    query = query.order_by(Letter.created_at.desc(), Invitation.id).limit(MOST)
    found = session.scalars(query.options(selectinload(Invitation.letter))).all()
    return [_part(number, invitation, language) for number, invitation in enumerate(found, 1)]


def _part(number: int, invitation: Invitation, language: str) -> Part:
    letter, zone = invitation.letter, invitation.timezone or invitation.letter.timezone
    numbers = {revision.digest: revision.number for revision in letter.revisions}
    deeds: list[tuple[datetime, Words]] = []
    for signoff in invitation.signoffs:
        version = str(numbers.get(signoff.digest, "?"))
        carried = lazy_gettext("Signature carried over to version %(number)s", number=version)
        by_hand = lazy_gettext("Signed version %(number)s", number=version)
        deeds.append((signoff.signed_at, by_hand if signoff.basis == "confirmed" else carried))
        if signoff.retracted_at is not None:
            deeds.append((signoff.retracted_at, lazy_gettext("Withdrew the signature")))
    if invitation.has_declined and invitation.answered_at is not None:
        deeds.append((invitation.answered_at, lazy_gettext("Declined")))
    return Part(
        invitation.id,
        letter.id,
        letter.subject or letter.title,
        letter.language,
        invitation.organisation.name,
        tuple(Deed(what, in_zone(at, zone, language)) for at, what in sorted(deeds, key=lambda deed: deed[0])),
        invitation.signoffs[-1].sequence if invitation.signoffs else None,
        f"letters/{number:02}-{letter.id[:8]}.zip",
    )


def packed(session: Transaction, address: str, language: str) -> bytes:
    """Return all of it as one zip; the same state gives the same bytes."""
    found = parts(session, address, language)
    files = {"README.txt": README.encode(), "verify.py": standalone()}
    for name, content in report.written(_listed(found, language)).items():
        files[name.replace("report", "index")] = content
    for part in found:
        inner = one_signoff.files(session, part.letter_id, part.invitation_id, part.signoff, with_verifier=False)
        files[part.file] = evidence.packed(inner)
    return evidence.packed(files)


def _listed(found: list[Part], language: str) -> Document:
    def said(words: Words) -> str:
        return str(translate(words, language))

    title = said(lazy_gettext("Everything that you have signed here"))
    headings = (lazy_gettext("Letter"), lazy_gettext("What was done"), lazy_gettext("File"))
    rows = tuple(
        (
            (plain(part.subject, "strong"), plain(part.organisation)),
            tuple((Run(said(deed.what)), Run(" · "), Run(deed.at, "soft")) for deed in part.deeds),
            (plain(part.file, "mono"),),
        )
        for part in found
    )
    nothing = Paragraph(plain(said(lazy_gettext("Nothing was signed, declined or withdrawn from this address."))))
    table = Table(tuple(map(said, headings)), rows, (36, 40, 24))
    return Document(title, language, (Heading(title, 1), table if rows else nothing))
