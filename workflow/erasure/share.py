"""What of one letter is somebody's: entries whose openings tell of them, emails, images, documents; and what stays."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from emails.parsing import said_in
from workflow.erasure.person import Person, without
from workflow.errors import OtherSecretError
from workflow.history import actions
from workflow.history.audit import Log, read_log
from workflow.mails.registry import is_about_its_organisation
from workflow.models import Delivery, Disclosure, Document, InvitationContact, Letter, MailSkeleton, Signoff
from workflow.models import Invitation as InvitationRow
from workflow.models import Link as LinkRow
from workflow.transaction import Transaction

SETS_CONTACT = frozenset(
    one.NAME
    for one in (
        actions.InvitationCreated,
        actions.InvitationCorrected,
        actions.ContactChanged,
        actions.InvitationHandedOver,
    )
)
"""From such an entry on an invitation is with another contact."""

NOT_OF_CONTACT = frozenset(
    one.NAME
    for one in (actions.SecondContactSet, actions.InvitationPlaced, actions.LogoSet, actions.OrganisationRenamed)
)
"""What is said of an organisation, or of somebody else there, while somebody is its contact."""

NAMES_CONTACT = frozenset(one.NAME for one in (actions.ContactAdded, actions.ContactCorrected, actions.ReaderAdded))

BY_LINK = frozenset(
    one.NAME
    for one in (
        actions.InvitationSigned,
        actions.InvitationDeclined,
        actions.SignatureWithdrawn,
        actions.ProposalMade,
        actions.ProposalRefused,
    )
)
"""What was done by the link that it names, whosever that is."""

OF_ORGANISATION = ("organisation", "acronym", "country")
NOTHING_BESIDES = frozenset(
    one.NAME
    for one in (
        actions.MemberAdded,
        actions.MemberRemoved,
        actions.AuditorLinkMade,
        actions.SecondContactSet,
        actions.ContactAdded,
        actions.ContactCorrected,
        actions.ReaderAdded,
    )
)
FREE_WORDS = ("words", "reason", "replaces", "replacement", "subject", "search", "file_name")
"""Parts that somebody wrote: a name is looked for in them. Elsewhere a name may be a namesake's."""


@dataclass
class Share:
    """What of a letter is somebody's."""

    entries: set[int] = field(default_factory=set)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By the number of an entry, what it said besides of nobody else."""
    deliveries: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    documents: set[str] = field(default_factory=set)
    held: dict[str, datetime | None] = field(default_factory=dict)
    """The invitations that they were the contact of, each until when (None: they still are)."""
    signoffs: set[int] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    """The links that were theirs as another contact of an organisation than the first, or to read or confirm."""
    sending: bool = False
    """An email to them, or one that names them, is just being sent."""
    waiting: bool = False
    """An email to somebody else that names them waits to be sent."""
    prints: int = 0
    """How many documents print their name and stay."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of them, or nothing any more."""
        return not (self.entries or self.deliveries or self.mails or self.documents)


class Reading:
    """A letter's log with what opens it, read once."""

    def __init__(self, session: Transaction, letter: Letter) -> None:
        self.session, self.letter = session, letter
        self.log: Log = read_log(session, letter.id)
        kept = select(Disclosure.sequence, Disclosure.payload).where(Disclosure.letter_id == letter.id)
        found = session.execute(kept.order_by(Disclosure.sequence)).all()
        self.opened: dict[int, Mapping[str, Any]] = {row.sequence: row.payload for row in found}

    @functools.cached_property
    def of_others(self) -> dict[str, str]:
        """The links of other contacts than the first, and those to read or confirm, each with its address."""
        contact = InvitationContact.id == LinkRow.contact_id
        query = select(LinkRow.id, LinkRow.purpose, LinkRow.email, InvitationContact.email.label("contact"))
        query = query.outerjoin(InvitationContact, contact).join(InvitationRow)
        query = query.where(InvitationRow.letter_id == self.letter.id)
        query = query.where((LinkRow.purpose != "answer") | LinkRow.contact_id.is_not(None))
        found = self.session.execute(query)
        return {one.id: (one.contact if one.purpose == "answer" else one.email) or "" for one in found}

    def links_of(self, person: Person) -> list[str]:
        """Return those of them that are somebody's."""
        return [link for link, address in self.of_others.items() if person.is_at(address)]

    def entries(self) -> Iterator[tuple[int, str, Mapping[str, Any], Mapping[str, Any] | None, str]]:
        """Give each entry: number, action, what it says, what opens it, its time."""
        for sequence, fields in self.log.read.items():
            if fields:
                yield sequence, str(fields["action"]), fields["about"], self.opened.get(sequence), str(fields["at"])

    @functools.lru_cache(maxsize=1)  # noqa: B019 (a reading lives as long as its transaction)
    def wrote_to(self, person: Person) -> frozenset[str]:
        """Return the invitations about which their contact was written to at an address: keyed hashes tell it still."""
        tokens, found = self.session.tokens, set()
        for _, action, about, _, _ in self.entries():
            invitation = about.get("invitation")
            is_theirs = action == actions.DeliveryQueued.NAME and not is_about_its_organisation(str(about.get("kind")))
            of = ("to", about.get("delivery"), person.address)
            if is_theirs and invitation and invitation not in found and tokens.has_keyed(about.get("to"), *of):
                found.add(invitation)
        return frozenset(found)


def share_of(reading: Reading, person: Person, *, documents: bool) -> Share:
    """Return what of a letter is somebody's; with `documents`, those too that print their name."""
    share = Share()
    person = known_in(reading, person)
    individuals = {
        str(about.get("invitation")) for _, _, about, _, _ in reading.entries() if about.get("individual") is True
    }
    contact: dict[str, bool] = {}
    share.links = set(reading.links_of(person))
    for sequence, action, about, opened, at in reading.entries():
        invitation = str(about.get("invitation") or "")
        if action in SETS_CONTACT and opened is not None and not about.get("of"):
            is_theirs = person.is_at(opened.get("contact"))
            if is_theirs:
                share.held[invitation] = None
            elif contact.get(invitation):
                share.held[invitation] = datetime.fromisoformat(at)
            contact[invitation] = is_theirs
        own = contact.get(invitation, False) and action not in NOT_OF_CONTACT
        # What another contact of the organisation has answered by a link of their own is that one's.
        by = about.get("link") if action in BY_LINK else None
        own = by in share.links if by and by in reading.of_others else own or by in share.links
        if action in actions.SIGNOFFS and (own or (opened is None and invitation in reading.wrote_to(person))):
            share.signoffs.add(sequence)
        if opened is not None and action not in (actions.DocumentRendered.NAME, actions.AddendumMade.NAME):
            _take(share, person, sequence, action, opened, own, alone=invitation in individuals)
    _images(reading, share)
    _printed(reading, share, documents=documents)
    _answered(reading, share, person, documents=documents)
    _mails(reading, share, person, documents=documents)
    return share


def known_in(reading: Reading, person: Person) -> Person:
    """Return somebody with the names too by which a letter knows them."""
    return person.known_as(_names(reading, person))


def _names(reading: Reading, person: Person) -> Iterator[str | None]:
    """By which names a letter knows somebody: what was said with their address."""
    invitations: set[str] = set()
    contact: dict[str, bool] = {}
    for _, action, about, opened, _ in reading.entries():
        invitation = str(about.get("invitation") or "")
        if opened is None:
            continue
        if action in SETS_CONTACT and not about.get("of"):
            contact[invitation] = person.is_at(opened.get("contact"))
        if contact.get(invitation) and action not in NOT_OF_CONTACT:
            invitations.add(invitation)
            yield from (opened.get(part) for part in ("signatory", "name"))
        if action == actions.AuditorLinkMade.NAME and person.is_at(opened.get("address")):
            yield opened.get("name")
        if action in NAMES_CONTACT and person.is_at(opened.get("email")):
            yield opened.get("name")
    rows = select(InvitationRow.signatory, InvitationRow.contact_name).where(
        InvitationRow.letter_id == reading.letter.id, InvitationRow.email == person.address
    )
    for row in reading.session.execute(rows):
        yield from row


def _take(
    share: Share, person: Person, sequence: int, action: str, opened: Mapping[str, Any], own: bool, *, alone: bool
) -> None:
    """Take an entry where what opens it tells of somebody; keep what else it says."""
    if action == actions.PersonErased.NAME:
        _take_again(share, person, sequence, opened)
        return
    named = person.has_address_in(opened) or any(
        person.is_named_in(part) for name, part in opened.items() if name in FREE_WORDS
    )
    if own:
        kept = {} if alone else {name: opened[name] for name in OF_ORGANISATION if name in opened}
        if action == actions.ProposalMade.NAME and not person.is_at(opened.get("to")):
            # Who was to confirm it is somebody else.
            kept |= {name: opened[name] for name in ("to", "confirmer") if name in opened}
    elif named:
        left = {} if action in NOTHING_BESIDES else {name: without(person, part) for name, part in opened.items()}
        kept = {name: part for name, part in left.items() if part is not None}
    else:
        return
    share.entries.add(sequence)
    if kept:
        share.kept[str(sequence)] = kept


def _take_again(share: Share, person: Person, sequence: int, opened: Mapping[str, Any]) -> None:
    """What an earlier erasure has said again may name somebody who is erased now."""
    if not person.is_named_in(opened):
        return
    share.entries.add(sequence)
    for number, parts in opened.items():
        kept = {name: left for name, part in parts.items() if (left := without(person, part)) is not None}
        if kept:
            share.kept[number] = kept


def _images(reading: Reading, share: Share) -> None:
    """The images of their signatures that nobody else's sign-off shows."""
    session = reading.session
    theirs = {
        str(about["png"])
        for _, action, about, _, _ in reading.entries()
        if action == actions.SignatureImageAdded.NAME and about.get("signoff") in share.signoffs
    }
    theirs |= {
        str(opened["png"])
        for sequence, action, _, opened, _ in reading.entries()
        if action == actions.LogoSet.NAME and sequence in share.entries and opened and opened.get("png")
    }
    if not theirs:
        return
    mine = select(InvitationRow.id).where(InvitationRow.letter_id == reading.letter.id)
    others = select(Signoff.image_sha256).where(Signoff.image_sha256.in_(theirs))
    elsewhere = others.where(Signoff.invitation_id.not_in(mine) | Signoff.sequence.not_in(share.signoffs))
    theirs -= set(filter(None, session.scalars(elsewhere)))
    share.documents |= _there(session, theirs)


def _printed(reading: Reading, share: Share, *, documents: bool) -> None:
    printed = {
        str(one[kind])
        for _, action, about, _, _ in reading.entries()
        if action in (actions.DocumentRendered.NAME, actions.AddendumMade.NAME)
        if share.signoffs & set(about.get("signoffs") or ())
        for one in (about.get("documents") or {"": about}).values()
        for kind in ("docx", "pdf")
        if one.get(kind)
    }
    there = _there(reading.session, printed)
    if documents:
        share.documents |= there
    else:
        share.prints = len(there)


def _answered(reading: Reading, share: Share, person: Person, *, documents: bool) -> None:
    """What an office answered by email, or as a plain text, and that names them: a PDF or a picture is not read."""
    sent = {
        str(about["document"])
        for _, action, about, _, _ in reading.entries()
        if action == actions.OfficeReplied.NAME and about.get("form") in ("eml", "txt")
    }
    query = select(Document.sha256, Document.content).where(Document.sha256.in_(sent))
    naming = {
        sha256
        for sha256, content in reading.session.execute(query)
        if any(map(person.is_named_in, (bytes(content).decode("utf-8", "replace"), *said_in(bytes(content)))))
    }
    if documents:
        share.documents |= naming
    else:
        share.prints += len(naming)


def _there(session: Transaction, named: set[str]) -> set[str]:
    """Of stored bytes by their names, those that are not erased."""
    query = select(Document.sha256).where(Document.sha256.in_(named), func.length(Document.content) > 0)
    return set(session.scalars(query))


# --- emails -----------------------------------------------------------------------------------------------------------


def _mails(reading: Reading, share: Share, person: Person, *, documents: bool) -> None:
    """Emails to them; and emails to others whose stored words name them."""
    session, known = reading.session, _Stored(reading.session, person)
    columns = (Delivery.id, Delivery.address, Delivery.invitation_id, Delivery.about, Delivery.queued_at)
    state = (Delivery.is_leased.label("is_leased"), Delivery.is_waiting.label("is_waiting"))
    stored = (Delivery.sealed, Delivery.skeleton, Delivery.fills)
    query = select(*columns, *state, *stored).where(Delivery.letter_id == reading.letter.id)
    query = query.order_by(Delivery.queued_at, Delivery.id)
    for row in session.execute(query.execution_options(yield_per=200)):
        is_named = known.names(row)
        if person.is_at(row.address):
            share.sending |= row.is_leased
            share.deliveries += [row.id] if not row.is_leased else []
            continue
        made_of = person.is_named_in(row.about)
        if not made_of and not _tells(share, row, is_named=is_named, documents=documents):
            continue
        if row.is_leased or row.is_waiting:
            share.sending |= row.is_leased
            share.waiting |= row.is_waiting
        else:
            # What it is made from goes with the address that it went to: the history says both or neither.
            (share.deliveries if made_of else share.mails).append(row.id)


def _tells(share: Share, row: Any, *, is_named: bool, documents: bool) -> bool:
    """Whether the stored words of an email to somebody else tell of them."""
    if row.sealed is None and row.skeleton is None:
        return False
    carries = documents and share.documents & {row.about.get("docx"), row.about.get("pdf")}
    return bool(is_named or carries or _while_theirs(share, row))


def _while_theirs(share: Share, row: Any) -> bool:
    """Whether an email is about an invitation of which they were the contact then."""
    until = share.held.get(row.invitation_id or "", row.queued_at)
    return until is None or row.queued_at < until


class _Stored:
    """Whether the stored words of emails name somebody; those that many share are read once."""

    def __init__(self, session: Transaction, person: Person) -> None:
        self.session, self.person = session, person
        self.shared: dict[str, bool] = {}

    def names(self, row: Any) -> bool:
        if row.sealed is None and row.skeleton is None:
            return False
        if row.sealed is not None:
            return any(map(self.person.is_named_in, self._opened(row.sealed)))
        if row.skeleton not in self.shared:
            content = self.session.scalar(select(MailSkeleton.content).where(MailSkeleton.sha256 == row.skeleton))
            self.shared[row.skeleton] = self.person.is_named_in(bytes(content or b"").decode("utf-8", "replace"))
        return self.shared[row.skeleton] or self.person.is_named_in(row.fills)

    def _opened(self, sealed: bytes) -> Iterator[str]:
        try:
            content = self.session.tokens.decrypt(bytes(sealed))
        except OtherSecretError:
            return  # Nobody can read it any more.
        yield from said_in(content)
