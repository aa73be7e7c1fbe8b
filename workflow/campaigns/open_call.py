"""The public page of a letter on which organisations ask to join: opened and closed by a coordinator."""

from __future__ import annotations

from sqlalchemy import select

from workflow import history
from workflow.campaigns.lookup import locked_letter
from workflow.clock import is_over
from workflow.history import Actor, actions
from workflow.letter import typed
from workflow.models import Letter, OpenCall, new_id
from workflow.states import check, may
from workflow.transaction import Transaction


def of(session: Transaction, letter_id: str) -> OpenCall | None:
    """Return the public page of a letter, open or closed; None where it never had one."""
    return session.get(OpenCall, letter_id)


def open_(session: Transaction, letter_id: str, words: str, actor: Actor, *, renew: bool = False) -> OpenCall:
    """
    Open a letter's public page with the coordinator's words, or change them on one that is open.

    One that was open before keeps its address, unless it is to be given another (`renew`): the old one leads nowhere.
    """
    row = locked_letter(session, letter_id)
    words = typed.block(words, typed.NOTE)
    call = session.get(OpenCall, row.id, populate_existing=True)
    if call is None or call.closed_at is not None:
        check("open_call", row.state)
    elif (call.words, renew) == (words, False):
        return call
    if call is None:
        call = OpenCall(letter_id=row.id, address=new_id())
        session.add(call)
    elif renew:
        call.address = new_id()
    call.words, call.opened_at, call.closed_at = words, history.moment(session), None
    history.append(session, row.id, actor, actions.CallOpened(address=call.address, words=words), call.opened_at)
    return call


def close(session: Transaction, letter_id: str, actor: Actor) -> OpenCall | None:
    """Close a letter's public page; it says nothing of the letter any more. Does nothing to one that is not open."""
    row = locked_letter(session, letter_id)
    check("close_call", row.state)
    call = session.get(OpenCall, row.id, populate_existing=True)
    if call is not None and call.closed_at is None:
        call.closed_at = history.moment(session)
        history.append(session, row.id, actor, actions.CallClosed(), call.closed_at)
    return call


def living(session: Transaction, address: str) -> tuple[OpenCall, Letter] | None:
    """Return the open public page at an address, with its letter; None where there is none, or it was closed."""
    query = select(OpenCall, Letter).join(Letter, Letter.id == OpenCall.letter_id).where(OpenCall.address == address)
    found = session.execute(query.where(OpenCall.closed_at.is_(None))).one_or_none()
    return (found[0], found[1]) if found is not None and found[1].is_before_approval else None


def takes(call: OpenCall | None, row: Letter) -> bool:
    """Whether organisations may ask now to join a letter."""
    return call is not None and call.closed_at is None and may("invite", row.state) and not is_over(row.deadline)
