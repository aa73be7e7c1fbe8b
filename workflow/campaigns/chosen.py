"""Several co-signers of a letter at once: their invitations cancelled, required or not, taken off the list. No mail."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from sqlalchemy import select

from workflow import history
from workflow.campaigns import cosigner_fields, rounds
from workflow.campaigns.cosigner_fields import Change
from workflow.campaigns.lookup import locked_letter
from workflow.errors import RefusedError
from workflow.history import Actor, actions
from workflow.languages import lazy_gettext, lazy_ngettext
from workflow.models import Invitation
from workflow.states import InvitationFacts, check, may
from workflow.transaction import Transaction

MOST = 500
"""So many at once: everybody else who writes waits meanwhile."""


def _looked_at(ids: Sequence[str]) -> list[str]:
    """Return the ids, each once; raises `RefusedError` for none, and for too many."""
    found = list(dict.fromkeys(ids))
    if not found:
        raise RefusedError(lazy_gettext("Select at least one co-signer."))
    if len(found) > MOST:
        raise RefusedError(
            lazy_ngettext("Select at most %(num)s co-signer.", "Select at most %(num)s co-signers.", MOST)
        )
    return found


def cancel(session: Transaction, letter_id: str, ids: Sequence[str], actor: Actor) -> int:
    """Cancel the invitations that wait for an answer, of those that were chosen; returns how many."""
    wanted = _looked_at(ids)
    row = locked_letter(session, letter_id)
    query = select(Invitation).where(Invitation.letter_id == row.id, Invitation.id.in_(wanted))
    found = session.scalars(query.order_by(Invitation.position).execution_options(populate_existing=True)).all()
    rounds.settle(session, row, found)
    these = [one for one in found if may("revoke", row.state, one.state)]
    if not these:
        check("revoke", row.state)
        raise RefusedError(lazy_gettext("None of these invitations waits for an answer."))
    for invitation in these:
        revoked = actions.InvitationRevoked(invitation=invitation.id)
        history.transition(session, invitation, revoked, InvitationFacts(letter_state=row.state), actor)
    rounds.end_links(session, [one.id for one in these])
    return len(these)


def require(session: Transaction, letter_id: str, ids: Sequence[str], actor: Actor, *, required: bool) -> int:
    """Say of co-signers whether the letter may go without them; returns of how many that is new."""
    wanted = _looked_at(ids)
    query = select(Invitation).where(Invitation.letter_id == letter_id, Invitation.id.in_(wanted))
    changes = {
        one.id: Change(fields=dataclasses.replace(cosigner_fields.of(one), required=required))
        for one in session.scalars(query)
        if one.required != required
    }
    return cosigner_fields.save(session, letter_id, changes, (), actor) if changes else 0


def remove(session: Transaction, letter_id: str, ids: Sequence[str], actor: Actor) -> int:
    """Take co-signers off the list who were never invited; raises `InputError` for those who were."""
    return cosigner_fields.save(session, letter_id, {}, _looked_at(ids), actor)
