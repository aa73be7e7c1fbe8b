"""Emails in a history: folded under the act that caused them, as one line, or opened one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from workflow.history import reading
from workflow.history.reading import MOST_COUNTED, MailRow, Mails
from workflow.mails.registry import is_about_its_organisation, label_of
from workflow.models import Invitation, Letter, Organisation
from workflow.pages.i18n import gettext, ngettext, translate
from workflow.pages.staff import words
from workflow.states.delivery import ACCEPTED, LOST
from workflow.transaction import Transaction

MOST_OF_AN_ACT = 12
"""So many emails of an act are opened in its line; of more there is a page."""
MOST_OPENED = 300
"""So many emails are opened on a page at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """One email: what it is, to whom, what became of it."""

    sequence: int
    """The entry that queued it."""
    what: str
    who: str
    became: str
    at: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """The emails of one act."""

    act: int
    said: str
    """All of them in one line."""
    opened: tuple[MailLine, ...]
    """One by one, where they are few."""
    is_one: bool


def folded(session: Transaction, letter: Letter, acts: Sequence[int]) -> dict[int, Folded]:
    """Return the emails of some acts, by the acts that brought any."""
    counted = reading.mails_of(session, letter.id, acts)
    few = [act for act, mails in counted.items() if mails.queued <= MOST_OF_AN_ACT]
    queued = list(reading.queued_by(session, letter.id, few, MOST_OPENED)) if few else []
    of: dict[int, list[MailRow]] = {}
    for row in reading.mails(session, letter.id, queued):
        of.setdefault(row.cause, []).append(row)
    known = _Known(session, letter, [row for rows in of.values() for row in rows])
    kinds = reading.kinds_of(session, letter.id, [act for act in counted if act not in of])
    return {
        act: Folded(
            act=act,
            said=_in_one_line(
                mails, [row.kind for row in of.get(act, ())] or kinds.get(act, []), of.get(act, []), known
            ),
            opened=tuple(known.line(row) for row in of.get(act, ())),
            is_one=mails.queued == 1 and len(of.get(act, ())) == 1,
        )
        for act, mails in counted.items()
    }


def lines(session: Transaction, letter: Letter, queued: Sequence[int]) -> list[MailLine]:
    """Return the emails that some entries queued, in their order."""
    rows = reading.mails(session, letter.id, queued)
    known = _Known(session, letter, rows)
    return [known.line(row) for row in rows]


def _in_one_line(mails: Mails, kinds: Sequence[str], rows: Sequence[MailRow], known: _Known) -> str:
    if len(rows) == 1 and mails.queued == 1:
        line = known.line(rows[0])
        return gettext("%(mail)s: %(became)s") % {"mail": known.titled(rows[0]), "became": line.became}
    number = gettext("more than %(number)s") % {"number": f"{MOST_COUNTED:,}"} if _is_more(mails.queued) else ""
    counted = ngettext("%(num)s email", "%(num)s emails", mails.queued) % {"num": number or f"{mails.queued:,}"}
    labels = list(dict.fromkeys(gettext(label_of(kind)) for kind in kinds))
    what = f"{counted} ({', '.join(labels)})" if labels else counted
    return gettext("%(mails)s: %(became)s") % {"mails": what, "became": _became(mails)}


def _is_more(number: int) -> bool:
    return number > MOST_COUNTED


def _became(mails: Mails) -> str:
    """What became of all of them."""
    under_way = mails.queued - mails.accepted - mails.refused - mails.cancelled
    if mails.accepted >= mails.queued and not mails.returned:
        return gettext("all accepted by the mail servers")
    if mails.cancelled >= mails.queued:
        return gettext("all cancelled")
    parts = (
        (mails.accepted, gettext("%(number)s accepted")),
        (mails.returned, gettext("%(number)s returned")),
        (mails.refused, gettext("%(number)s refused")),
        (mails.cancelled, gettext("%(number)s cancelled")),
        (max(0, under_way), gettext("%(number)s on their way")),
    )
    return " · ".join(said % {"number": f"{min(number, MOST_COUNTED):,}"} for number, said in parts if number)


class _Known:
    """To whom some emails went, as whoever reads may know it."""

    def __init__(self, session: Transaction, letter: Letter, rows: Sequence[MailRow]) -> None:
        self.recipients = {recipient.id: recipient.label for recipient in letter.recipients}
        columns = (Invitation.id, Invitation.confidential, Organisation.name, Organisation.acronym)
        query = select(*columns).join(Organisation, Organisation.id == Invitation.organisation_id)
        asked = {row.invitation_id for row in rows if row.invitation_id}
        found = (
            session.execute(query.where(Invitation.letter_id == letter.id, Invitation.id.in_(asked))) if asked else ()
        )
        self.organisations = {}
        self.withheld = set()
        for of, hidden, name, acronym in found:
            self.organisations[of] = gettext("an organisation whose name is withheld") if hidden else acronym or name
            if hidden:
                self.withheld.add(of)

    def line(self, row: MailRow) -> MailLine:
        """Return the line of one email."""
        return MailLine(
            sequence=row.sequence,
            what=_begun(gettext(label_of(row.kind))),
            who=self.who(row),
            became=self.became(row),
            at=row.queued_at,
            state=row.state,
        )

    def who(self, row: MailRow) -> str:
        """To whom it went."""
        if row.recipient_id:
            return self.recipients.get(row.recipient_id, gettext("a recipient"))
        if is_about_its_organisation(row.kind) or row.invitation_id is None:
            return gettext("the coordinator") if row.invitation_id else ""
        return self.organisations.get(row.invitation_id, gettext("an organisation"))

    def titled(self, row: MailRow) -> str:
        """Return what it is and to whom."""
        what, who = _begun(gettext(label_of(row.kind))), self.who(row)
        if is_about_its_organisation(row.kind):
            return what  # its name says to whom
        return gettext("%(mail)s to %(who)s") % {"mail": what, "who": who} if who else what

    def became(self, row: MailRow) -> str:
        """Say what became of it: at whose server, and how soon."""
        is_ours = row.invitation_id in self.withheld or is_about_its_organisation(row.kind)
        domain = "" if is_ours else row.address.rpartition("@")[2]
        server = gettext("the server of %(domain)s") % {"domain": domain} if domain else gettext("its mail server")
        if row.settled_at is not None and row.state in ACCEPTED:
            soon = _later(row.settled_at - row.queued_at)
            return gettext("accepted by %(server)s, %(later)s") % {"server": server, "later": soon}
        if row.state in LOST:
            return gettext("uncertain whether it arrived at %(server)s") % {"server": server}
        return _begun(translate(words.DELIVERY[row.state])) if row.state in words.DELIVERY else row.state


def _begun(words_: str) -> str:
    return f"{words_[:1].upper()}{words_[1:]}"


def _later(taken: timedelta) -> str:
    seconds = max(0, round(taken.total_seconds()))
    if not seconds:
        return gettext("at once")
    if seconds < 100:
        return ngettext("%(num)s second later", "%(num)s seconds later", seconds) % {"num": seconds}
    minutes = seconds // 60
    if minutes < 100:
        return ngettext("%(num)s minute later", "%(num)s minutes later", minutes) % {"num": minutes}
    hours = minutes // 60
    if hours < 49:
        return ngettext("%(num)s hour later", "%(num)s hours later", hours) % {"num": hours}
    return ngettext("%(num)s day later", "%(num)s days later", hours // 24) % {"num": hours // 24}
