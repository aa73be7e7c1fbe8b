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

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm.util import identity_key

from workflow import deliveries, history
from workflow.campaigns import conditions
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
    session: Transaction, row: Letter, ids: Sequence[str], known: Silence | None = None, note: str = ""
) -> list[str]:
    """
    Queue the mails that invitations need now: the first, a revised text, or the opening of sign-off.

    Whoever has no living link gets one; whoever has no address gets nothing. `known` is what silence rests on, where
    it was read already; `note` is that of this act, else they have that of the text. Returns the ids of the mails, in
    the order of the list.
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
    deliveries.cancel_asks(session, ids)
    mailed, seen = _mailed(session, ids), _seen(session, ids)
    kept, missed = kept_by_silence(session, row, ids, known), conditions.to_be_told(session, ids)
    links = living | new_links(session, [one for one in ids if one not in living])
    by_kind: defaultdict[str, list[asking.ToAsk]] = defaultdict(list)
    for one in asked:
        # Whoever signed an earlier text is told what has changed, and whether silence counts, as often as it is asked.
        has_seen = revision.digest in (*mailed[one.id], *seen[one.id])
        mail = mail_for(one.state, has_link=one.id in living, has_seen=has_seen)
        told = _told(kept[one.id]) if one.id in kept else {}
        told |= {"missed": True} if one.id in missed else {}
        by_kind[mail.kind].append(asking.ToAsk(one.id, one.email, links[one.id], len(mailed[one.id]), told))
    queued: dict[str, str] = {}
    for kind, these in by_kind.items():
        queued |= asking.queue(session, MAILS[kind], row, these, note or row.note_id)
    return [queued[one] for one in ids]


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
    made, moment = {of: new_id() for of in ids}, history.moment(session)
    rows: list[dict[str, Any]] = [
        {"id": link, "invitation_id": of, "token_hash": hash_token(session.tokens.links(link)[0]), "created_at": moment}
        for of, link in made.items()
    ]
    if rows:
        session.unwritten[LINKS] += rows
        forget_links(session, ids)
    return made


def end_links(session: Transaction, ids: Sequence[str]) -> None:
    """End whatever link of these invitations lives."""
    living = Link.invitation_id.in_(ids) & Link.revoked_at.is_(None)
    session.execute(update(Link).where(living).values(revoked_at=now()))
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


def replace_links(session: Transaction, row: Letter, ids: Sequence[str], actor: Actor) -> None:
    """End whatever link of these invitations lives, on the record; the next mail brings a new one."""
    end_links(session, ids)
    for of in ids:
        history.append(session, row.id, actor, actions.LinkReplaced(invitation=of))


def forget_links(session: Transaction, ids: Sequence[str]) -> None:
    """Let the links of invitations that are at hand as objects be read anew."""
    for of in ids:
        known = session.identity_map.get(identity_key(Invitation, of))
        if known is not None:
            session.expire(known, ["links"])
