"""Who works on a campaign: let in, given another role, taken off, handed on; each of it on every letter's record."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from workflow import accounts, deliveries
from workflow.accounts import Role
from workflow.campaigns import access
from workflow.campaigns.lookup import locked_campaign
from workflow.errors import InputError, NotFoundError, RefusedError
from workflow.history import Actor
from workflow.languages import lazy_gettext
from workflow.letter import typed
from workflow.mails import let_in as mail
from workflow.models import Delivery, Letter, Membership, User, now
from workflow.transaction import Transaction

A_DAY = 3
"""So many invitations go to one address within a day, whoever asks for them."""


def of(session: Transaction, campaign_id: str) -> list[Membership]:
    """Return who works on a campaign: its coordinators, who asks first, then its auditors."""
    query = select(Membership).where(Membership.campaign_id == campaign_id).options(joinedload(Membership.user))
    order = Membership.role.desc(), Membership.joined_at, Membership.user_id
    return list(session.scalars(query.order_by(*order)))


def let_in(
    session: Transaction,
    campaign_id: str,
    address: str,
    role: Role,
    actor: Actor,
    *,
    by: User | None = None,
    language: str = "",
) -> User:
    """
    Let somebody in by their address, with an account made where there is none; an email tells them who did it.

    `language` is that of the email where they have chosen none. Raises `InputError` for who is in already.
    """
    locked_campaign(session, campaign_id)
    address = typed.address(address.strip()).lower()
    if not address:
        raise InputError(email=lazy_gettext("Enter an email address."))
    member = accounts.with_address(session, address) or accounts.user(session, address)
    if member.deactivated_at is not None:
        raise InputError(email=lazy_gettext("This account was deactivated. Ask whoever runs this service."))
    known = session.get(Membership, (campaign_id, member.id))
    if known is not None:
        is_in = (
            lazy_gettext("%(who)s is a coordinator of this campaign already.", who=member.called)
            if known.role == "coordinator"
            else lazy_gettext("%(who)s is an auditor of this campaign already.", who=member.called)
        )
        raise InputError(email=is_in)
    check_rate(session, member.email)
    join(session, campaign_id, member, role, actor)
    _tell(session, campaign_id, member, role, "let_in", by, language)
    return member


def join(session: Transaction, campaign_id: str, member: User, role: Role, actor: Actor) -> None:
    """Give somebody who is in no way told of it a role in a campaign, such as whoever begins it, on the record."""
    accounts.join(session, campaign_id, member, role)
    access.record(session, campaign_id, actor, access.added(session, member, role))


def check_rate(session: Transaction, address: str) -> None:
    """Raise `InputError` for an address that was written to often enough today: it may be a stranger's."""
    kinds = mail.let_in.kind, mail.auditor_link.kind
    lately = select(func.count()).where(
        Delivery.letter_id.is_(None),
        Delivery.kind.in_(kinds),
        Delivery.address == address,
        Delivery.queued_at > now() - timedelta(days=1),
    )
    if session.scalar(lately) >= A_DAY:  # type: ignore[operator]
        raise InputError(email=lazy_gettext("This address has been emailed often enough today. Try again tomorrow."))


def set_role(session: Transaction, campaign_id: str, user_id: str, role: Role, actor: Actor) -> User:
    """Make a member a coordinator or an auditor. Raises `RefusedError` for the last coordinator."""
    membership = _held(session, campaign_id, user_id)
    if membership.role == role:
        return membership.user
    if membership.role == "coordinator":
        _check_is_not_last(session, membership)
    membership.role, membership.joined_at = role, now()
    access.record(session, campaign_id, actor, access.added(session, membership.user, role))
    if role != "coordinator":
        _cancel_notices(session, membership)
    return membership.user


def remove(session: Transaction, campaign_id: str, user_id: str, actor: Actor) -> User:
    """Take a member off; they see nothing of the campaign any more. Raises `RefusedError` for the last coordinator."""
    membership = _held(session, campaign_id, user_id)
    if membership.role == "coordinator":
        _check_is_not_last(session, membership)
    return _take_off(session, membership, actor)


def hand_on(session: Transaction, campaign_id: str, user_id: str, to: str, actor: Actor, *, language: str = "") -> User:
    """Let another member coordinate a campaign in somebody's place, who leaves it; returns who takes over."""
    leaving = _held(session, campaign_id, user_id)
    if to == user_id or leaving.role != "coordinator":
        raise InputError(to=lazy_gettext("Select who takes over."))
    heir = session.get(Membership, (campaign_id, to), populate_existing=True)
    if heir is None:
        raise InputError(to=lazy_gettext("Select who takes over."))
    if heir.role != "coordinator":
        heir.role = "coordinator"
        access.record(session, campaign_id, actor, access.added(session, heir.user, heir.role))
    heir.joined_at = min(filter(None, (heir.joined_at, leaving.joined_at)), default=now())
    by = leaving.user
    _take_off(session, leaving, actor)
    _tell(session, campaign_id, heir.user, "coordinator", "handed_on", by, language)
    return heir.user


def take_over_where_last(session: Transaction, campaign_id: str, user_id: str, by: User, actor: Actor) -> None:
    """Let `by` coordinate a campaign that nobody but somebody who is about to leave coordinates."""
    leaving = _held(session, campaign_id, user_id)
    if not _is_last(session, leaving):
        return
    heir = session.get(Membership, (campaign_id, by.id))
    if heir is None:
        join(session, campaign_id, by, "coordinator", actor)
    else:
        heir.role = "coordinator"
        access.record(session, campaign_id, actor, access.added(session, by, "coordinator"))


def _held(session: Transaction, campaign_id: str, user_id: str) -> Membership:
    locked_campaign(session, campaign_id)
    found = session.get(Membership, (campaign_id, user_id), populate_existing=True)
    if found is None:
        raise NotFoundError("There is no such member.")
    return found


def _is_last(session: Transaction, membership: Membership) -> bool:
    """Whether nobody else coordinates the campaign."""
    others = select(func.count()).where(
        Membership.campaign_id == membership.campaign_id,
        Membership.role == "coordinator",
        Membership.user_id != membership.user_id,
    )
    return not session.scalar(others)


def _check_is_not_last(session: Transaction, membership: Membership) -> None:
    if _is_last(session, membership):
        why = lazy_gettext(
            "%(who)s is the only coordinator. Add another coordinator first, or hand the campaign on.",
            who=membership.user.called,
        )
        raise RefusedError(why)


def _take_off(session: Transaction, membership: Membership, actor: Actor) -> User:
    user, role, campaign_id = membership.user, membership.role, membership.campaign_id
    session.delete(membership)
    session.flush()
    access.record(session, campaign_id, actor, access.removed(session, user, role))
    _cancel_notices(session, membership)
    return user


def _cancel_notices(session: Transaction, membership: Membership) -> None:
    """What waits to tell them of the campaign is not sent any more; its letters are locked."""
    letters = select(Letter.id).where(Letter.campaign_id == membership.campaign_id)
    deliveries.cancel_to_coordinator(session, letters, membership.user.email)


def _tell(
    session: Transaction,
    campaign_id: str,
    member: User,
    role: Role,
    what: mail.What,
    by: User | None,
    language: str,
) -> None:
    nonce = accounts.new_nonce(session, member, accounts.FIRST_LIFETIME)
    mail.queue_let_in(session, member, nonce, campaign_id, role, what, by, member.language or language)
