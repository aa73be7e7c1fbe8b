"""A history in plain words: each entry as the sentence of its action, with the names that this instance may show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from workflow import history
from workflow.history import Entry, actions
from workflow.history.action import ACTIONS
from workflow.languages import Words, lazy_gettext
from workflow.mails.registry import is_about_its_organisation, label_of
from workflow.models import AuditorLink, Delivery, Disclosure, Invitation, Letter, Organisation, Revision, Signoff, User
from workflow.pages.i18n import gettext, ngettext
from workflow.pages.staff import times
from workflow.signoffs.link_usage import in_words
from workflow.transaction import Transaction

ACTORS = {
    "coordinator": lazy_gettext("Coordinator"),
    "cosigner": lazy_gettext("Co-signer"),
    "auditor": lazy_gettext("Auditor"),
    "system": lazy_gettext("This service"),
}

ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as an auditor reads it."""

    sequence: int
    at: str
    actor: Words
    sentence: str
    note: str
    """What else is on the record of a signature: how its link was used."""
    digest: str
    number: int | None
    """The version of the text that it is about, by its digest."""
    kind: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries of a history, newest first, and where those before and after them begin."""

    lines: list[Line]
    older: int | None
    """The page of the entries before this number; None where there are none."""
    newer: int | None


def page(session: Transaction, letter: Letter, size: int, before: int | None) -> Page:
    """Return the entries before a number, or the newest, of a log of `size` entries."""
    end = min(max(before, 1), size) if before is not None else size
    first = max(end - ON_A_PAGE, 0)
    found = history.entries_between(session, letter.id, first, end)
    numbers = {digest: number for number, digest in revisions(session, letter)}
    return Page(
        lines=_lines(_Names(session, letter, found), letter, numbers, found),
        older=first or None,
        newer=end + ON_A_PAGE if end < size else None,
    )


MOST_OF_ONE = 60


def about(session: Transaction, letter: Letter, invitation_id: str) -> list[Line]:
    """Return what is on the record of one co-signer, newest first, without what its emails went through."""
    found = history.entries_about(session, letter.id, invitation_id, MOST_OF_ONE)
    numbers = {digest: number for number, digest in revisions(session, letter)}
    return _lines(_Names(session, letter, found), letter, numbers, found)


def revisions(session: Transaction, letter: Letter) -> list[tuple[int, str]]:
    """Return the number and the digest of each version of a letter, without its text."""
    query = select(Revision.number, Revision.digest).where(Revision.letter_id == letter.id).order_by(Revision.number)
    return [(number, digest) for number, digest in session.execute(query)]


def _lines(names: _Names, letter: Letter, numbers: dict[str, int], found: Sequence[Entry]) -> list[Line]:
    return [
        Line(
            sequence=entry.sequence,
            at=times.said(entry.at, letter),
            actor=ACTORS.get(entry.role, entry.role),
            sentence=names.sentence(entry),
            note=in_words(entry.about) if entry.action == actions.InvitationSigned.NAME else "",
            digest=entry.about.get("digest", "") or "",
            number=numbers.get(entry.about.get("digest", "")),
            kind=ACTIONS[entry.action].KIND if entry.action in ACTIONS else "",
        )
        for entry in found
    ]


def _signed(signatory: str, who: str) -> str:
    """Say who signed; nobody is named whose organisation is withheld, or whose name was erased."""
    if signatory:
        return gettext("%(signatory)s signed for %(who)s") % {"signatory": signatory, "who": who}
    return gettext("%(who)s signed") % {"who": who}


def _named(found: Sequence[Entry], what: str) -> set[str]:
    """The ids that entries say under one name."""
    return {str(entry.about[what]) for entry in found if what in entry.about}


class _Names:
    """Who and what some entries of a letter speak of, as an auditor may know it: nothing of who is withheld."""

    def __init__(self, session: Transaction, letter: Letter, found: Sequence[Entry]) -> None:
        self.recipients = {recipient.id: recipient.label for recipient in letter.recipients}
        mails = select(Delivery.id, Delivery.recipient_id, Delivery.invitation_id).where(
            Delivery.letter_id == letter.id, Delivery.id.in_(_named(found, "delivery"))
        )
        self.mails = {mail.id: mail for mail in session.execute(mails)}
        asked = {*_named(found, "invitation"), *(mail.invitation_id or "" for mail in self.mails.values())}
        named = select(Invitation.id, Invitation.confidential, Organisation).join(Invitation.organisation)
        named = named.where(Invitation.letter_id == letter.id, Invitation.id.in_(asked))
        self.organisations = {
            id_: gettext("an organisation whose name is withheld") if confidential else organisation.label
            for id_, confidential, organisation in session.execute(named)
        }
        signed = select(Signoff.sequence, Signoff.name, Signoff.title).join(Invitation)
        signed = signed.where(Invitation.letter_id == letter.id, Invitation.confidential.is_(False))
        signed = signed.where(Signoff.sequence.in_([entry.sequence for entry in found]))
        self.signatories = {
            sequence: ", ".join(part for part in (name, title) if part)
            for sequence, name, title in session.execute(signed)
        }

        self.members = self._members(session, letter, found)
        readers = select(AuditorLink.id, AuditorLink.name).where(AuditorLink.id.in_(_named(found, "link")))
        self.readers = dict(session.execute(readers).all())

    @staticmethod
    def _members(session: Transaction, letter: Letter, found: Sequence[Entry]) -> dict[int, str]:
        """Who was let in or taken off, by the addresses that entries commit to, where what opens them is kept."""
        told = select(Disclosure.sequence, Disclosure.payload).where(
            Disclosure.letter_id == letter.id,
            Disclosure.sequence.in_([entry.sequence for entry in found if "member" in entry.about]),
        )
        addresses = {sequence: str(payload.get("address")) for sequence, payload in session.execute(told)}
        known = select(User.email, User.name).where(User.email.in_(set(addresses.values())), User.name != "")
        names = dict(session.execute(known).all())
        return {sequence: names.get(address, address) for sequence, address in addresses.items()}

    def sentence(self, entry: Entry) -> str:
        """Return what an entry says."""
        row = ACTIONS.get(entry.action)
        if row is None:
            return entry.action
        about = entry.about
        who = self._who(entry)
        signatory = self.signatories.get(entry.sequence)
        count = len(about.get("signoffs", ()))
        said = gettext(row.sentence(about)).format(
            who=who,
            signed=_signed(signatory or "", who),
            mail=self._mail(about) if "delivery" in about else "",
            names=ngettext("%(num)s name", "%(num)s names", count) % {"num": count},
            number=about.get("number"),
        )
        return f"{said[0].upper()}{said[1:]}."

    def _who(self, entry: Entry) -> str:
        """Whom an entry is about: an organisation, who works on the campaign, who reads by a link."""
        if "member" in entry.about:
            return self.members.get(entry.sequence, gettext("a member"))
        if "link" in entry.about and "invitation" not in entry.about:
            return self.readers.get(entry.about["link"], gettext("a reader"))
        return self.organisations.get(entry.about.get("invitation", ""), gettext("an organisation"))

    def _mail(self, about: dict[str, Any]) -> str:
        kind, delivery = about.get("kind", ""), self.mails.get(about["delivery"])
        what = gettext(label_of(kind))
        if delivery is None:
            return gettext("Email (%(what)s)") % {"what": what}
        if delivery.recipient_id:
            who = self.recipients.get(delivery.recipient_id, gettext("a recipient"))
            return gettext("Email to %(who)s (%(what)s)") % {"who": who, "what": what}
        who = self.organisations.get(delivery.invitation_id or "", gettext("an organisation"))
        if is_about_its_organisation(kind):
            return gettext("Email to the coordinator (about %(who)s)") % {"who": who}
        return gettext("Email to %(who)s (%(what)s)") % {"who": who, "what": what}
