"""What admins do with the accounts of staff: who is an admin, who is signed out, who works here no more."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from config.logs import logger
from workflow import deliveries, members, sessions
from workflow.errors import NotFoundError, RefusedError
from workflow.history import Actor
from workflow.languages import lazy_gettext
from workflow.models import Membership, User, now
from workflow.transaction import Transaction


def set_admin(session: Transaction, user_id: str, admin: bool, by: User) -> User:
    """Make somebody an admin, or take that from them; raises `RefusedError` for the last one."""
    user = _held(session, user_id)
    if not admin:
        _check_is_not_last(session, user)
    if user.deactivated_at is not None:
        raise RefusedError(lazy_gettext("This account is deactivated."))
    user.admin = admin
    logger().info("admin_set", user=user.id, admin=admin, by=by.id)
    return user


def end_sessions(session: Transaction, user_id: str, by: User) -> int:
    """Sign somebody out everywhere; returns how many sessions were ended."""
    ended = sessions.end_all(session, _held(session, user_id))
    logger().info("sessions_ended", user=user_id, by=by.id)
    return ended


def deactivate(session: Transaction, user_id: str, by: User, actor: Actor) -> User:
    """
    Let somebody sign in no more, and take them off every campaign; whoever does it takes over what nobody else leads.

    Raises `RefusedError` for the last admin, and for oneself.
    """
    user = _held(session, user_id)
    if user.id == by.id:
        raise RefusedError(lazy_gettext("You can’t deactivate your own account. Ask another admin."))
    _check_is_not_last(session, user)
    of = select(Membership).where(Membership.user_id == user.id).order_by(Membership.campaign_id)
    for membership in session.scalars(of.options(joinedload(Membership.campaign))).all():
        if membership.role == "coordinator":
            members.take_over_where_last(session, membership.campaign_id, user.id, by, actor)
        members.remove(session, membership.campaign_id, user.id, actor)
    user.admin, user.deactivated_at = False, now()
    sessions.end_all(session, user)
    deliveries.cancel_all_to(session, None, user.email.lower())
    logger().info("account_deactivated", user=user.id, by=by.id)
    return user


def reactivate(session: Transaction, user_id: str, by: User) -> User:
    """Let somebody sign in again; to campaigns they have to be added anew."""
    user = _held(session, user_id)
    user.deactivated_at = None
    logger().info("account_reactivated", user=user.id, by=by.id)
    return user


def _held(session: Transaction, user_id: str) -> User:
    """Return an account, locked with all admins: which of them is the last one is for one transaction to say."""
    which = select(User).where((User.id == user_id) | User.admin).order_by(User.id).with_for_update()
    found = {user.id: user for user in session.scalars(which.execution_options(populate_existing=True))}
    if user_id not in found:
        raise NotFoundError("There is no such account.")
    return found[user_id]


def _check_is_not_last(session: Transaction, user: User) -> None:
    others = select(func.count()).where(User.admin, User.id != user.id, User.deactivated_at.is_(None))
    if user.admin and not session.scalar(others):
        raise RefusedError(
            lazy_gettext("%(who)s is the only admin. Make somebody else an admin first.", who=user.called)
        )
