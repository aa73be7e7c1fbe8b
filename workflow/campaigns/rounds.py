"""
Co-signers brought up to the text that is before them: what they stand by, their links, the mails that ask.

Each act that concerns all of them is a round of the letter. Here is what it does to some of them, in few statements
however many they are; `batches` says to which, and when.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.orm.util import identity_key

from workflow import deliveries, history
from workflow.campaigns import conditions, contacts
from workflow.campaigns.corrections import Outlook, kept_by_silence
from workflow.history import SYSTEM, Actor, actions
from workflow.mails import asking
from workflow.mails.registry import MAILS, Mail, following_the_text
from workflow.models import Base, Comment, Delivery, Invitation, Letter, Link, Signoff, new_id, now
from workflow.moments import after
from workflow.states import InvitationFacts
from workflow.states.invitation import STANDING, TO_CONFIRM
from workflow.tokens import hash_token
from workflow.transaction import Transaction
from workflow.verify.silence import Silence

LINKS = Base.metadata.tables["links"]

AFTERWARDS = timedelta(days=30)
"""How long a link shows the receipt after the deadline, or after the letter was sent."""

WITHOUT_DEADLINE = timedelta(days=90)
"""How long a link lives where no deadline ends it."""


def runs_out(deadline: datetime | None, made: datetime) -> datetime:
    """Return until when a link lives that was made at a moment and that nobody ends before."""
    return after(deadline, AFTERWARDS) if deadline else after(made, WITHOUT_DEADLINE)


def settle(session: Transaction, row: Letter, invitations: Iterable[Invitation]) -> None:
    """
    Settle what co-signers stand by, by the digest, where the round that put the text there has not come to them yet.

    A sign-off for another text is to be confirmed; one for this very text counts again. Whoever acts on one of them
    begins with this, and sees it as if the whole had been done at once.
    """
    text = row.revision
    for invitation in invitations:
        if text is None or row.is_closed or invitation.round >= row.round or invitation.stands == invitation.state:
            continue
        known = InvitationFacts(letter_state=row.state, counts=invitation.has_signed)
        step = actions.InvitationRestored if invitation.has_signed else actions.InvitationSuperseded
        history.transition(session, invitation, step(invitation=invitation.id, digest=text.digest), known, SYSTEM)
    # Written before whatever comes next of one: the database lets a state move by one step at a time.
    session.flush()


def settle_those(session: Transaction, row: Letter, ids: Sequence[str]) -> dict[str, str]:
    """Settle those of these invitations that are not as their digests say; returns the state of each."""
    digest = row.revision.digest if row.revision else ""
    given = select(Signoff.invitation_id).where(Signoff.digest == digest, Signoff.retracted_at.is_(None))
    counting = set(session.scalars(given.where(Signoff.invitation_id.in_(ids))))
    found = select(Invitation.id, Invitation.state).where(Invitation.id.in_(ids))
    states = {one.id: one.state for one in session.execute(found)}
    wrong = [one for one, state in states.items() if state in STANDING and (state == "signed") != (one in counting)]
    changed = session.scalars(select(Invitation).where(Invitation.id.in_(wrong)).order_by(Invitation.position)).all()
    settle(session, row, changed)
    return states | {invitation.id: invitation.state for invitation in changed}


def reached(session: Transaction, row: Letter, ids: Sequence[str]) -> None:
    """Note that these invitations were brought up to the letter's present round."""
    session.execute(update(Invitation).where(Invitation.id.in_(ids)).values(round=row.round))


def write_to(
    session: Transaction,
    row: Letter,
    ids: Sequence[str],
    known: Silence | None = None,
    note: str = "",
    *,
    all_contacts: bool = True,
) -> list[str]:
    """
    Queue the mails that invitations need now: the first, a revised text, or the opening of sign-off.

    Whoever has no living link gets one; whoever has no address gets nothing. `known` is what silence rests on, where
    it was read already; `note` is that of this act, else they have that of the text. Each contact of an organisation is
    asked with a link of their own. Returns the ids of the first contacts' mails, in the order of the list.
    """
    asked = session.execute(
        select(Invitation.id, Invitation.email, Invitation.state)
        .where(Invitation.id.in_(ids), Invitation.email != "")
        .order_by(Invitation.position)
    ).all()
    if not asked:
        return []
    ids, revision = [one.id for one in asked], row.revision
    assert revision is not None
    living = _living_links(session, ids)
    # What they have not been sent yet they are not sent any more: nobody is asked twice for the same.
    deliveries.cancel_asks(session, ids, all_contacts=all_contacts)
    mailed, seen = _mailed(session, ids), _seen(session, ids)
    kept, missed = kept_by_silence(session, row, ids, known), conditions.to_be_told(session, ids)
    links = living | new_links(session, [one for one in ids if one not in living])
    by_kind: defaultdict[str, list[asking.ToAsk]] = defaultdict(list)
    told = {of: _told(kept[of]) if of in kept else {} for of in ids}
    for of in missed:
        told[of] |= {"missed": True}
    for one in asked:
        # Whoever signed an earlier text is told what has changed, and whether silence counts, as often as it is asked.
        has_seen = revision.digest in (*mailed[one.id], *seen[one.id])
        mail = mail_for(one.state, has_link=one.id in living, has_seen=has_seen)
        by_kind[mail.kind].append(asking.ToAsk(one.id, one.email, links[one.id], len(mailed[one.id]), told[one.id]))
    queued: dict[str, str] = {}
    for kind, these in by_kind.items():
        queued |= asking.queue(session, MAILS[kind], row, these, note or row.note_id)
    if all_contacts:
        states = {one.id: one.state for one in asked}
        for kind, these in _of_others(session, states, revision.digest, mailed, seen, told).items():
            asking.queue(session, MAILS[kind], row, these, note or row.note_id)
    return [queued[one] for one in ids]


def _of_others(
    session: Transaction,
    states: Mapping[str, str],
    digest: str,
    mailed: Mapping[str, list[str]],
    seen: Mapping[str, list[str]],
    told: Mapping[str, dict[str, object]],
    only: str = "",
) -> dict[str, list[asking.ToAsk]]:
    """The mails of the contacts besides the first, by kind; of `only` one of them, where it is named."""
    found = contacts.others(session, list(states))
    these = {one.id: (of, one) for of, several in found.items() for one in several if only in ("", one.id)}
    made = new_contact_links(session, {one.id: of for of, one in these.values() if one.link_id is None})
    by_kind: defaultdict[str, list[asking.ToAsk]] = defaultdict(list)
    for of, one in these.values():
        has_seen = digest in (*mailed[of], *seen[of])
        mail = mail_for(states[of], has_link=one.link_id is not None, has_seen=has_seen)
        link = one.link_id or made[one.id]
        by_kind[mail.kind].append(asking.ToAsk(of, one.email, link, len(mailed[of]), told[of], one.id))
    return by_kind


def write_to_contact(session: Transaction, row: Letter, invitation: Invitation, contact_id: str) -> list[str]:
    """Queue the mail that one contact besides the first needs now, as `write_to` does; returns its id."""
    session.flush()
    settle(session, row, [invitation])
    revision, ids = row.revision, [invitation.id]
    assert revision is not None
    mailed, seen = _mailed(session, ids), _seen(session, ids)
    kept = kept_by_silence(session, row, ids)
    states = {invitation.id: invitation.state}
    told = {invitation.id: _told(kept[invitation.id]) if invitation.id in kept else {}}
    by_kind = _of_others(session, states, revision.digest, mailed, seen, told, contact_id)
    return [
        mail_id
        for kind, these in by_kind.items()
        for mail_id in asking.queue(session, MAILS[kind], row, these, row.note_id).values()
    ]


def mail_for(state: str, *, has_link: bool, has_seen: bool) -> Mail:
    """Return which of the three mails an invitation gets; `has_seen` is whether it knows the text of now already."""
    if state in TO_CONFIRM:
        return asking.revised
    if not has_link:
        return asking.invitation
    return asking.sign_off if has_seen else asking.revised


def next_mail(
    session: Transaction, row: Letter, invitation: Invitation, digest: str, *, other_link: bool = False
) -> Mail:
    """Return which mail an invitation would get when it is asked for an answer to a text, or gets `other_link`."""
    ids = [invitation.id]
    confirms = invitation.state in STANDING and invitation.signoff_for(digest) is None
    has_seen = digest in (*_mailed(session, ids)[invitation.id], *_seen(session, ids)[invitation.id])
    state = TO_CONFIRM[0] if confirms else invitation.state
    return mail_for(state, has_link=invitation.link is not None and not other_link, has_seen=has_seen)


def _told(silence: Outlook) -> dict[str, object]:
    """What one is told whose silence counts: its own hours, and until when it may object at the least."""
    return {"objection_hours": silence.hours, "objections_until": history.timestamp(silence.until)}


def _living_links(session: Transaction, ids: Sequence[str]) -> dict[str, str]:
    own = (Link.purpose == "answer") & Link.contact_id.is_(None)
    query = select(Link.invitation_id, Link.id).where(Link.invitation_id.in_(ids), Link.revoked_at.is_(None), own)
    return {one.invitation_id: one.id for one in session.execute(query.order_by(Link.created_at.desc()))}


def _mailed(session: Transaction, ids: Sequence[str]) -> Mapping[str, list[str]]:
    """The digests of the texts that each invitation was mailed, one for each mail."""
    query = select(Delivery.invitation_id, Delivery.about).where(
        Delivery.invitation_id.in_(ids), Delivery.kind.in_(following_the_text())
    )
    return _grouped((str(of), about.get("digest", "")) for of, about in session.execute(query))


def _seen(session: Transaction, ids: Sequence[str]) -> Mapping[str, list[str]]:
    """The digests of the texts that each organisation has said something of, or has signed."""
    said = select(Comment.invitation_id, Comment.digest).where(Comment.invitation_id.in_(ids))
    signed = select(Signoff.invitation_id, Signoff.digest).where(Signoff.invitation_id.in_(ids))
    return _grouped((of, digest) for query in (said, signed) for of, digest in session.execute(query))


def _grouped(pairs: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def new_links(session: Transaction, ids: Sequence[str]) -> dict[str, str]:
    """Give each of these invitations a link; returns the links' ids by invitation."""
    made = {of: new_id() for of in ids}
    _write_links(session, [{"id": link, "invitation_id": of} for of, link in made.items()])
    return made


def new_contact_links(session: Transaction, invitations: Mapping[str, str]) -> dict[str, str]:
    """Give each of these contacts, by id with their invitation, a link to answer by; returns the links' ids."""
    made = {contact: new_id() for contact in invitations}
    _write_links(
        session,
        [{"id": link, "invitation_id": invitations[contact], "contact_id": contact} for contact, link in made.items()],
    )
    return made


def new_other_link(
    session: Transaction, invitation: Invitation, purpose: str, *, email: str, name: str, contact_id: str | None
) -> str:
    """Give an invitation a link that reads or confirms, and return its id; whose it is depends on the purpose."""
    row = {"id": new_id(), "invitation_id": invitation.id, "contact_id": contact_id}
    _write_links(session, [row | {"purpose": purpose, "email": email, "name": name}])
    return str(row["id"])


def _write_links(session: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Write links with their tokens' hashes, by one statement at the latest before the next query."""
    blank = {
        "contact_id": None,
        "purpose": "answer",
        "email": "",
        "name": "",
        "created_at": history.moment(session),
        "revoked_at": None,
    }
    if rows:
        session.unwritten[LINKS] += [
            {**blank, **row, "token_hash": hash_token(session.tokens.links(row["id"])[0])} for row in rows
        ]
        forget_links(session, [row["invitation_id"] for row in rows])


def link_to_dispute(session: Transaction, invitation: Invitation, contact_id: str | None = None, of: str = "") -> str:
    """
    Return the id of a new link by which whoever was a contact can say that a contact was changed or added wrongly.

    It opens nothing, so it is ended from the start, and is never taken for one that does. `contact_id` is whom they
    can say it of, where somebody was added; `of` the id that it gets, where that is told already.
    """
    row = {"id": of or new_id(), "invitation_id": invitation.id, "contact_id": contact_id, "purpose": "dispute"}
    _write_links(session, [row | {"revoked_at": history.moment(session)}])
    return str(row["id"])


def end_links(session: Transaction, ids: Sequence[str]) -> None:
    """End whatever link of these invitations lives: of all contacts, and those that they made."""
    _end(session, ids, Link.invitation_id.in_(ids))


def end_links_of(session: Transaction, invitation_id: str, contact_id: str | None) -> None:
    """End what links of one contact of an invitation live (None: of the first): to answer, and those to read."""
    _end(session, [invitation_id], (Link.invitation_id == invitation_id) & (Link.contact_id == contact_id))


def end_link(session: Transaction, invitation_id: str, link_id: str) -> None:
    """End one link of an invitation."""
    _end(session, [invitation_id], (Link.invitation_id == invitation_id) & (Link.id == link_id))


def _end(session: Transaction, ids: Sequence[str], these: ColumnElement[bool]) -> None:
    session.execute(update(Link).where(these, Link.revoked_at.is_(None)).values(revoked_at=now()))
    forget_links(session, ids)


class Ended(NamedTuple):
    """Links that were ended at one moment."""

    moment: str
    number: int


def end_all_links(session: Transaction, row: Letter) -> Ended:
    """End every living link of a letter."""
    moment, these = now(), select(Invitation.id).where(Invitation.letter_id == row.id)
    living = Link.invitation_id.in_(these) & Link.revoked_at.is_(None)
    ending = update(Link).where(living).values(revoked_at=moment)
    ended = session.execute(ending, execution_options={"synchronize_session": False})
    for known in list(session.identity_map.values()):
        if isinstance(known, Link | Invitation):
            session.expire(known, ["revoked_at" if isinstance(known, Link) else "links"])
    return Ended(moment.isoformat(), cast("CursorResult[Any]", ended).rowcount)


def without_link(session: Transaction, ids: Sequence[str]) -> list[str]:
    """Return those of these invitations that have no living link."""
    living = _living_links(session, ids) if ids else {}
    return [of for of in ids if of not in living]


def without_link_since(session: Transaction, ids: Sequence[str], moments: Sequence[str]) -> list[str]:
    """Return those of these invitations whose link was ended at one of these moments and that have no other."""
    ended_at = [datetime.fromisoformat(moment) for moment in moments]
    ended = select(Link.invitation_id).where(Link.invitation_id.in_(ids), Link.revoked_at.in_(ended_at))
    lost = set(session.scalars(ended)) - _living_links(session, ids).keys()
    return [of for of in ids if of in lost]


def replace_links(session: Transaction, row: Letter, ids: Sequence[str], actor: Actor, *, first: bool = False) -> None:
    """
    End whatever link of these invitations lives, on the record; the next mail brings a new one.

    With `first` those of the first contacts alone.
    """
    these = Link.invitation_id.in_(ids)
    _end(session, ids, these & Link.contact_id.is_(None) if first else these)
    for of in ids:
        history.append(session, row.id, actor, actions.LinkReplaced(invitation=of, first=first))


def forget_links(session: Transaction, ids: Sequence[str]) -> None:
    """Let the links of invitations that are at hand as objects be read anew."""
    for of in ids:
        known = session.identity_map.get(identity_key(Invitation, of))
        if known is not None:
            session.expire(known, ["links"])
