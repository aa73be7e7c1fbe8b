"""A history in plain words: each entry as the sentence of its action, with the names that this instance may show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from workflow.history import Entry, actions, reading
from workflow.history.action import ACTIONS
from workflow.languages import Words, lazy_gettext
from workflow.mails.registry import is_about_its_organisation, label_of
from workflow.models import AuditorLink, Delivery, Disclosure, Invitation, Letter, Organisation, Revision, Signoff, User
from workflow.moments import local
from workflow.pages.i18n import get_locale, gettext, ngettext
from workflow.pages.staff import times
from workflow.tokens import Tokens
from workflow.transaction import Transaction

ACTORS = {
    "coordinator": lazy_gettext("Coordinator"),
    "cosigner": lazy_gettext("Co-signer"),
    "auditor": lazy_gettext("Auditor"),
    "system": lazy_gettext("This service"),
}

MOST_SAID = 400
"""So many characters of what somebody said are shown in a line; the entry's own page shows all."""

BY = ("coordinator", "auditor")
MOST_OF_STAFF = 1_000
SAID = ("reason", "words", "replacement")
"""What of the personal data of an entry are somebody's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry as an auditor reads it."""

    sequence: int
    at: str
    day: date
    time: str
    moment: datetime
    actor: Words
    by: str
    """Whoever did it, where the sentence does not say so: the coordinator's name, where it is known."""
    sentence: str
    said: str
    """Somebody's own words: a reason, a comment."""
    note: str
    """What else is on the record of a signature: how its link was used."""
    odd: str
    """What of that is out of the ordinary."""
    digest: str
    number: int | None
    """The version of the text that it is about, by its digest."""
    kind: str
    action: str
    is_signoff: bool
    invitation: str
    """Of which invitation it is, where it is of one that may be named."""


MOST_OF_ONE = 60


def about(session: Transaction, letter: Letter, invitation_id: str) -> list[Line]:
    """Return what is on the record of one co-signer, newest first, without what its emails went through."""
    which = reading.Which(invitations=(invitation_id,))
    numbers = reading.sequences(session, letter.id, which, MOST_OF_ONE)
    return lines(session, letter, reading.read(session, letter.id, numbers))


def revisions(session: Transaction, letter: Letter) -> list[tuple[int, str]]:
    """Return the number and the digest of each version of a letter, without its text."""
    query = select(Revision.number, Revision.digest).where(Revision.letter_id == letter.id).order_by(Revision.number)
    return [(number, digest) for number, digest in session.execute(query)]


def lines(session: Transaction, letter: Letter, found: Sequence[Entry]) -> list[Line]:
    """Return entries in plain words, with the names that may be shown: nothing of who is withheld."""
    known, zone = Known(session, letter, found), times.zone_of(times.whoever(), letter)
    numbers = {digest: number for number, digest in revisions(session, letter)}
    return [_line(known, letter, numbers, entry, zone) for entry in found]


def _line(known: Known, letter: Letter, numbers: dict[str, int], entry: Entry, zone: str) -> Line:
    there, digest = local(entry.at, zone), str(entry.about.get("digest") or "")
    return Line(
        sequence=entry.sequence,
        at=times.said(entry.at, letter),
        day=there.date(),
        time=f"{there:%H:%M:%S}",
        moment=entry.at,
        actor=ACTORS.get(entry.role, entry.role),
        by=known.by(entry),
        sentence=known.sentence(entry),
        said=known.said(entry),
        note=_used(entry.about) if entry.action == actions.InvitationSigned.NAME else "",
        odd=odd(entry.about) if entry.action == actions.InvitationSigned.NAME else "",
        digest=digest,
        number=numbers.get(digest),
        kind=ACTIONS[entry.action].KIND if entry.action in ACTIONS else "",
        action=entry.action,
        is_signoff=entry.action in actions.SIGNOFFS,
        invitation=known.shown(str(entry.about.get("invitation") or "")),
    )


def odd(about: Mapping[str, Any]) -> str:
    """Return what is out of the ordinary in how a link was used, by the entry of its sign-off; or nothing."""
    said = []
    if about.get("fast_decision"):
        said.append(gettext("signed within three seconds of opening the link"))
    if networks := about.get("networks"):
        opened = gettext("this link was opened from %(number)s networks")
        said.append(opened % {"number": networks})
    if about.get("contact_by_hand"):
        said.append(gettext("a coordinator had changed the contact after the invitation"))
    if about.get("contact_of_member") == "address":
        said.append(gettext("the link went to the address of somebody who works on the campaign"))
    elif about.get("contact_of_member"):
        said.append(gettext("the link went to where somebody who works on the campaign has their address"))
    if about.get("same_browser"):
        said.append(gettext("it was proposed and confirmed in one browser"))
    if about.get("other_domain"):
        said.append(gettext("whoever confirmed it has an address at another domain than whoever proposed it"))
    return "; ".join(said)


def _used(about: Mapping[str, Any]) -> str:
    """Return what the entry of a sign-off says of how its link was used; mail filters open links too."""
    software = gettext("a program opened the link first") if about.get("fetched_by") == "software" else ""
    return "; ".join(said for said in (software, odd(about)) if said)


def _staff(tokens: Tokens, session: Transaction) -> Mapping[str, str]:
    """Who of staff is meant by the keyed ids in entries, as long as they are the ones of the secret of now."""
    known = session.info.get("staff")
    if known is None:
        rows = session.execute(select(User.id, User.name, User.email).limit(MOST_OF_STAFF))
        known = {tokens.actor(role, of): name or email for of, name, email in rows for role in BY}
        session.info["staff"] = known
    found: Mapping[str, str] = known
    return found


def _signed(signatory: str, who: str, *, confirms: bool) -> str:
    """Say who signed; nobody is named whose organisation is withheld, or whose name was erased."""
    if not signatory:
        return (gettext("%(who)s confirmed") if confirms else gettext("%(who)s signed")) % {"who": who}
    said = gettext("%(signatory)s confirmed for %(who)s") if confirms else gettext("%(signatory)s signed for %(who)s")
    return said % {"signatory": signatory, "who": who}


def _named(found: Sequence[Entry], what: str) -> set[str]:
    """The ids that entries say under one name."""
    return {str(entry.about[what]) for entry in found if what in entry.about}


class Known:
    """Who and what some entries of a letter speak of, as an auditor may know it: nothing of who is withheld."""

    def __init__(self, session: Transaction, letter: Letter, found: Sequence[Entry]) -> None:
        self.session, self.tokens = session, session.tokens
        self.recipients = {recipient.id: recipient.label for recipient in letter.recipients}
        mails = select(Delivery.id, Delivery.recipient_id, Delivery.invitation_id).where(
            Delivery.letter_id == letter.id, Delivery.id.in_(_named(found, "delivery"))
        )
        self.mails = {mail.id: mail for mail in session.execute(mails)}
        asked = {*_named(found, "invitation"), *(mail.invitation_id or "" for mail in self.mails.values())}
        columns = (Invitation.id, Invitation.confidential, Organisation.name, Organisation.acronym)
        named = select(*columns).join(Organisation, Organisation.id == Invitation.organisation_id)
        named = named.where(Invitation.letter_id == letter.id, Invitation.id.in_(asked))
        rows = session.execute(named).all()
        withheld = gettext("an organisation whose name is withheld")
        self.organisations = {of: withheld if hidden else acronym or name for of, hidden, name, acronym in rows}
        self.withheld = {of for of, hidden, _, _ in rows if hidden}
        self.opened = self._opened(session, letter, found)
        signed = select(Signoff.sequence, Signoff.name, Signoff.title).join(Invitation)
        signed = signed.where(Invitation.letter_id == letter.id, Invitation.confidential.is_(False))
        signed = signed.where(Signoff.sequence.in_([entry.sequence for entry in found]))
        self.signatories = {
            sequence: f"{name}, {title}," if name and title else name or title
            for sequence, name, title in session.execute(signed)
        }

        self.members = self._members(session, found)
        readers = select(AuditorLink.id, AuditorLink.name).where(AuditorLink.id.in_(_named(found, "link")))
        self.readers = dict(session.execute(readers).all())

    def _opened(self, session: Transaction, letter: Letter, found: Sequence[Entry]) -> dict[int, dict[str, Any]]:
        """What opens the commitments of entries, where it is kept and says nothing of who is withheld."""
        shown = [one.sequence for one in found if one.commits and one.about.get("invitation") not in self.withheld]
        told = select(Disclosure.sequence, Disclosure.payload).where(Disclosure.letter_id == letter.id)
        rows = session.execute(told.where(Disclosure.sequence.in_(shown))) if shown else ()
        return {sequence: payload for sequence, payload in rows if isinstance(payload, dict)}

    def _members(self, session: Transaction, found: Sequence[Entry]) -> dict[int, str]:
        """Who was let in or taken off, by the addresses that entries commit to, where what opens them is kept."""
        these = [one.sequence for one in found if "member" in one.about and one.sequence in self.opened]
        addresses = {sequence: str(self.opened[sequence].get("address")) for sequence in these}
        if not addresses:
            return {}
        known = select(User.email, User.name).where(User.email.in_(set(addresses.values())), User.name != "")
        names = dict(session.execute(known).all())
        return {sequence: names.get(address, address) for sequence, address in addresses.items()}

    def by(self, entry: Entry) -> str:
        """Return who acted, where the sentence does not name them: which coordinator or auditor."""
        if entry.role not in BY:
            return ""
        if entry.role == "auditor" and entry.about.get("link"):
            return self.readers.get(entry.about["link"], gettext("a reader"))
        return _staff(self.tokens, self.session).get(entry.actor) or str(ACTORS[entry.role].translate(get_locale()))

    def shown(self, invitation_id: str) -> str:
        """Return an invitation that may be named, or nothing."""
        return invitation_id if invitation_id in self.organisations and invitation_id not in self.withheld else ""

    def said(self, entry: Entry) -> str:
        """Return somebody's own words that an entry commits to, where they may be shown; the first of many."""
        opened = self.opened.get(entry.sequence, {})
        for name in SAID:
            words = opened.get(name)
            if isinstance(words, dict):
                words = next(iter(words.values()), "")
            if isinstance(words, str) and words.strip():
                words = words.strip()
                return words if len(words) <= MOST_SAID else f"{words[:MOST_SAID].rstrip()}…"
        return ""

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
            signed=_signed(signatory or "", who, confirms=about.get("confirms") is not None),
            mail=self._mail(about) if "delivery" in about else "",
            names=ngettext("%(num)s signature", "%(num)s signatures", count) % {"num": count},
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
